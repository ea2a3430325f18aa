"""The page about the 2009 howto says what is planned for its host today."""

from tests.howto_page import BESIDE, PAGE, page, proposed


def test_it_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "assets/howto.md is older than the code: make docs"


def test_what_it_says_of_the_files_is_so() -> None:
    plan = proposed().plan
    assert plan is not None
    after = {change.path.rsplit("/", 1)[1]: change.after or b"" for change in plan.changed}
    assert after.keys() == BESIDE.keys()
    assert b"TYPE=Bridge\n" in after["ifcfg-xenbr0"]
    assert b"STP=off\nDELAY=0\n" in after["ifcfg-xenbr0"]
    assert b"mode=" not in after["modprobe.conf"]
    assert b"use_carrier=0" in after["modprobe.conf"]
    assert b"alias bond0 bonding\n" in after["modprobe.conf"]
    assert b"\n#(network-script network-bridge)\n" in after["xend-config.sxp"]
    assert b"\n(vif-script vif-bridge)\n" in after["xend-config.sxp"]
