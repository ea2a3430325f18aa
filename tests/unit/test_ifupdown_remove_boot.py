"""After a removal a boot brings up the NIC that has the address again (interfaces(5))."""

import pytest
from test_ifupdown_remove import MAIN, host, removed


@pytest.mark.parametrize(
    ("of_the_bond", "of_the_nics", "line"),
    [
        ("auto bond0", "allow-bond0 eth0 eth1", "auto eth0"),
        ("allow-hotplug bond0", "", "allow-hotplug eth0"),
        ("allow-hotplug bond0", "allow-bond0 eth0 eth1", "allow-hotplug eth0"),
        ("allow-hotplug bond0", "auto eth0", "auto eth0"),
    ],
)
def test_a_boot_brings_up_the_nic_that_has_the_address(
    of_the_bond: str, of_the_nics: str, line: str
) -> None:
    """A class of another name is brought up by nobody once the bond is gone."""
    text = (
        f"auto lo\niface lo inet loopback\n\n{of_the_bond}\niface bond0 inet static\n"
        f"    address 10.0.0.7/8\n    bond-slaves eth0 eth1\n    bond-mode 1\n\n{of_the_nics}\n"
    )
    after = removed(host(text))[MAIN]
    assert f"{line}\niface eth0 inet static\n    address 10.0.0.7/8\n" in after.replace(
        "\n\n", "\n"
    )
    assert after.count(line) == 1


def test_what_is_brought_up_on_demand_stays_so() -> None:
    text = (
        "auto lo\niface lo inet loopback\n\nallow-office bond0\niface bond0 inet static\n"
        "    address 10.0.0.7/8\n    bond-slaves eth0 eth1\n    bond-mode 1\n"
    )
    after = removed(host(text))[MAIN]
    assert "auto eth0" not in after
    assert "iface eth0 inet static\n    address 10.0.0.7/8\n" in after
