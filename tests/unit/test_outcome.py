"""What a change is called: by what it leaves, or by what it changes of what is written already."""

from dataclasses import replace

import pytest

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.stacks.outcome import edited

TODAY = Answers(
    bond=BondAnswers(slaves=("eth0", "eth1"), options={"updelay": "200"}),
    bridge=BridgeAnswers(addresses=("192.168.0.222/24",), gateway="192.168.0.1"),
)


@pytest.mark.parametrize(
    ("bond", "bridge", "said"),
    [
        ({}, {}, ""),
        ({"miimon": 200}, {}, "bond0 under xenbr0: miimon 100 -> 200"),
        ({"options": {}}, {}, "bond0 under xenbr0: updelay 200 -> unset"),
        (
            {"slaves": ("eth0", "eth2"), "options": {"updelay": "200", "primary": "eth0"}},
            {"gateway": None},
            "bond0 under xenbr0: slaves eth0 eth1 -> eth0 eth2, primary unset -> eth0, "
            "gateway 192.168.0.1 -> none",
        ),
        (
            {},
            {"method": "dhcp", "addresses": ()},
            "bond0 under xenbr0: address 192.168.0.222/24 -> by DHCP",
        ),
        ({"name": "bond1", "miimon": 200}, {}, ""),
    ],
)
def test_a_change_of_what_is_written_says_what_from_and_to(
    bond: dict[str, object], bridge: dict[str, object], said: str
) -> None:
    wanted = replace(
        TODAY,
        bond=replace(TODAY.bond, **bond),  # type: ignore[arg-type]
        bridge=replace(TODAY.bridge, **bridge),  # type: ignore[arg-type]
    )
    assert edited(TODAY, wanted) == said
