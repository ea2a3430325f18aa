"""`xenbond export`: the command, its exit codes and what it leaves alone."""

from pathlib import Path

import pytest

from tests.export.hosts import ANSWERS, HOSTS, looks, made
from xenbond_tui.cli import run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    return HOSTS["howto"].copy_to(tmp_path / "tree")


def export(tree: Path, output: Path) -> int:
    answers = tree.parent / "answers.yaml"
    return run(["export", "--answers", str(answers), "--root", str(tree), "-o", str(output)])


def test_a_copy_of_etc_alone_is_enough(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, output = looks(tree), tree.parent / "setup.sh"
    assert export(tree, output) == 0
    told = capsys.readouterr()
    assert "6 files" in told.out
    assert "/etc/modprobe.conf:4: mode=0 contradicts" in told.err
    assert output.stat().st_mode & 0o777 == 0o600, "it may have passwords in it"
    assert output.read_text().startswith("#!/bin/sh\n")
    assert "# warn: /etc/modprobe.conf:4: mode=0 contradicts" in output.read_text()
    assert looks(tree) == before


def test_the_same_plan_makes_the_same_script(tree: Path) -> None:
    one, other = tree.parent / "one.sh", tree.parent / "other.sh"
    assert export(tree, one) == export(tree, other) == 0
    assert one.read_bytes() == other.read_bytes()


def test_a_refusal_writes_no_script(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.parent / "answers.yaml").write_text(ANSWERS.replace("active-backup", "balance-rr"))
    output = tree.parent / "setup.sh"
    output.write_text("mine\n")
    assert export(tree, output) == 2
    assert "refuse: mode" in capsys.readouterr().err
    assert output.read_text() == "mine\n"


def test_nothing_to_change_writes_no_script(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tree.parent / "setup.sh"
    assert (
        run(["apply", "--yes", "--answers", str(tree.parent / "answers.yaml"), "--root", str(tree)])
        == 0
    )
    assert export(tree, output) == 0
    assert "Nothing to change" in capsys.readouterr().out
    assert not output.exists()


def test_a_place_that_can_not_be_written_is_named(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tree.parent / "no/setup.sh"
    assert export(tree, output) == 2
    assert f"{output}: the script was not saved" in capsys.readouterr().err


def test_a_nic_of_udevs_is_looked_at_again_only_at_boot(tmp_path: Path) -> None:
    """Debian's installer leaves `allow-hotplug`; see `looked_at_again`."""
    text = made("ifupdown-installer", tmp_path)[1].read_text()
    body = text.partition("stack_at_boot() {\n")[2].partition("}")[0]
    assert "udevadm trigger --action=add" in body
    assert "--sysname-match=eth0" in body
    assert "stack_remake() {\n\t:\n}" in text
