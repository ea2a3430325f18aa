"""What a plan says of itself: its outage in words and seconds, and who has the address after it."""

from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Expected, Outage, Plan


def test_an_outage_is_told_in_seconds_with_its_reason_and_the_worst_of_it() -> None:
    outage = Outage(2, 10, "while ifdown and ifup change over").because("eth1 is in use")
    assert outage.expected
    assert outage.longest == 70
    assert outage.text == (
        "About 2 to 10 seconds without network while ifdown and ifup change over, because eth1 "
        "is in use (up to 70 on a slow machine, or where the switch port has spanning tree)."
    )


def test_where_there_is_none_that_is_said_with_its_reason() -> None:
    none = Outage.none("eth1 is idle")
    assert not none.expected
    assert none.longest == 0
    assert none.text == "No outage expected: eth1 is idle."


def test_the_address_is_at_the_nic_else_the_bridge_else_the_bond() -> None:
    assert Expected("bond0", ()).holder == "bond0"
    assert Expected("bond0", (), bridge="br0").holder == "br0"
    assert Expected("bond0", (), bridge="br0", nic="eth0").holder == "eth0"


def test_what_is_looked_at_and_stays_is_no_change() -> None:
    stays, goes = FileChange("/etc/a", b"", b"", 0o644, 0o644), FileChange("/etc/b", b"", None)
    assert Plan("ifcfg", (stays, goes), (), ()).changed == (goes,)
