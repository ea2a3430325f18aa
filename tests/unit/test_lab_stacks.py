"""The lab's table of stacks and xenbond's own are of one mind."""

from tests.lab.rootfs import FLAVOURS
from tests.lab.stacks import INSIDE, LAB_STACKS
from tests.told import NOTES
from xenbond_tui.stacks import STACKS


def test_every_stack_has_a_host_in_the_lab() -> None:
    assert {stack.name for stack in STACKS} == {row.stack for row in LAB_STACKS.values()}


def test_stand_ins_are_told_of() -> None:
    for row in LAB_STACKS.values():
        assert bool(row.stand_ins) == bool(row.not_genuine)
        for name in row.stand_ins.values():
            assert "STAND-IN" in (INSIDE / name).read_text()
        if row.not_genuine:
            NOTES.append(f"{row}: {row.not_genuine}")


def test_every_host_can_be_booted() -> None:
    for row in LAB_STACKS.values():
        assert row.flavour in FLAVOURS
        assert row.private <= row.files.keys()
        assert row.own_way.format(files="") != row.own_way
