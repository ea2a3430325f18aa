"""Name servers beside a lease, gateways beside what routers announce, and no address at all."""

from pathlib import Path

import pytest
from test_given_back import NETPLAN, NS, Host, nics
from test_left_out import ON_EVERY_STACK

from xenbond_tui.stacks import STACKS, Stack

IFCFG = next(it for it in STACKS if it.name == "ifcfg")
NM = next(it for it in STACKS if it.name == "networkmanager")
NAMES = ("198.51.100.53", "old.example")
LEASED = {
    "ifcfg": ("BOOTPROTO=dhcp\nDNS1={}\nDOMAIN={}\n", "BOOTPROTO=none\n"),
    "ifupdown": ("inet dhcp\n\tdns-nameservers {}\n\tdns-search {}\n", "inet manual\n"),
    "ifupdown2": ("inet dhcp\n\tdns-nameservers {}\n\tdns-search {}\n", "inet manual\n"),
    "netplan": ("\n      dhcp4: true\n      nameservers:\n        addresses: [{}]\n"
                "        search: [{}]", "{{}}"),
    "networkd": ("[Network]\nDHCP=yes\nDNS={}\nDomains={}\n", "[Network]\nDHCP=no\n"),
    "networkmanager": (
        "[ipv4]\nmethod=auto\ndns={};\ndns-search={};\n\n[ipv6]\nmethod=auto\n",
        "[ipv4]\nmethod=disabled\n",
    ),
}  # fmt: skip
GATEWAY = "fe80::1"
ANNOUNCED = {
    "ifcfg": "IPV6INIT=yes\nIPV6_AUTOCONF=yes\nIPV6_DEFAULTGW=fe80::1\n",
    "ifupdown": "inet6 auto\n\tup ip -6 route add default via fe80::1 dev eth0\n",
    "ifupdown2": "inet6 auto\n\tup ip -6 route add default via fe80::1 dev eth0\n",
    "netplan": '{accept-ra: true, routes: [{to: "::/0", via: "fe80::1"}]}',
    "networkd": "[Network]\nIPv6AcceptRA=yes\nGateway=fe80::1\n",
}


def leased(stack: Stack, root: Path) -> Host:
    return Host(stack, root, nics(stack, *(it.format(*NAMES) for it in LEASED[stack.name])))


def after(host: Host) -> str:
    return "".join(host.files().values())


@ON_EVERY_STACK
def test_a_lease_gets_the_name_servers_that_are_asked_for(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = leased(stack, tmp_path)
    asked = ("192.0.2.53", "2001:db8::53", "new.example")
    dns = f"[{asked[0]}, '{asked[1]}']"
    host.set_up(f", address: dhcp, dns: {dns}, search: [{asked[2]}]")
    text = after(host)
    assert all(it in text for it in asked), text
    assert not any(it in text for it in NAMES), text
    told = capsys.readouterr().err
    assert "is not written" not in told
    assert all(it in told for it in NAMES), told


@ON_EVERY_STACK
def test_none_takes_them_away_beside_a_lease(stack: Stack, tmp_path: Path) -> None:
    host = leased(stack, tmp_path)
    host.set_up(", address: dhcp, dns: none, search: none")
    assert not any(it in after(host) for it in NAMES)


@ON_EVERY_STACK
def test_left_out_they_stay_beside_a_lease(stack: Stack, tmp_path: Path) -> None:
    host = leased(stack, tmp_path)
    host.set_up(", address: dhcp")
    assert all(it in after(host) for it in NAMES)


@pytest.mark.parametrize(
    "stack", [it for it in STACKS if it.name in ANNOUNCED], ids=lambda x: x.name
)
@pytest.mark.parametrize(
    ("bridge", "stays"),
    [
        ("", True),
        (", address: 192.0.2.5/24, gateway: 192.0.2.1", True),
        (", address: 192.0.2.5/24, gateway: none", False),
    ],
    ids=["left-out", "static-ipv4", "none"],
)
def test_a_gateway_beside_what_routers_announce(
    stack: Stack, bridge: str, stays: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ifup-ipv6 and networkd set it, whether the link listens to routers or not."""
    idle = {"ifcfg": "BOOTPROTO=none\n", "netplan": "{}", "networkd": "[Network]\nDHCP=no\n"}
    host = Host(
        stack, tmp_path, nics(stack, ANNOUNCED[stack.name], idle.get(stack.name, "inet manual\n"))
    )
    host.set_up(bridge)
    assert (GATEWAY in after(host)) == stays
    told = capsys.readouterr().err
    assert (GATEWAY in told) != stays, told


def of_bridge(host: Host) -> list[str]:
    return (host.root / f"{NS}xenbr0".lstrip("/")).read_text().splitlines()


def test_no_address_leaves_no_word_of_one_in_an_ifcfg_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (
        "IPV6INIT=yes", "DNS1=192.0.2.53", "DOMAIN=a.example", "DHCPV6C=yes",
        "DHCPV6C_OPTIONS=-S", "IPV6_PRIVACY=rfc3041", "PEERDNS=no", "DEFROUTE=yes",
    )  # fmt: skip
    text = "\n".join(("BOOTPROTO=dhcp", *said, "MTU=1400", ""))
    host = Host(IFCFG, tmp_path, nics(IFCFG, text, "BOOTPROTO=none\n"))
    host.set_up(", address: none")
    assert of_bridge(host) == [
        *("DEVICE=xenbr0", "TYPE=Bridge", "BOOTPROTO=none", "ONBOOT=yes", "IPV6INIT=no"),
        *("MTU=1400", "STP=off", "DELAY=0"),
    ]
    told = capsys.readouterr().err
    assert all(it in told for it in said), told


def test_ipv6init_alone_listens_to_routers(tmp_path: Path) -> None:
    host = Host(IFCFG, tmp_path, nics(IFCFG, "BOOTPROTO=none\nIPV6INIT=yes\n", "BOOTPROTO=none\n"))
    host.set_up()
    assert "IPV6INIT=yes" in of_bridge(host)


@pytest.mark.parametrize(
    ("own", "everywhere"),
    [
        ("IPV6INIT=no\n", ""),
        ("IPV6INIT=yes\nIPV6_AUTOCONF=no\n", ""),
        ("IPV6INIT=yes\n", "IPV6FORWARDING=yes\n"),
        ("IPV6INIT=yes\nIPV6FORWARDING=yes\n", ""),
    ],
)
def test_but_not_where_that_is_switched_off(
    own: str, everywhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = nics(IFCFG, f"BOOTPROTO=none\n{own}", "BOOTPROTO=none\n")
    host = Host(IFCFG, tmp_path, {**files, "/etc/sysconfig/network": everywhere})
    host.answers.write_text("version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n")
    assert host.run("apply", "--answers", str(host.answers)) == 2
    assert "xenbr0 has no address" in capsys.readouterr().err


def test_a_name_server_of_a_family_that_is_off_is_told_once_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    six = "[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=manual\naddress1=2001:db8::5/64\n"
    host = Host(NM, tmp_path, nics(NM, f"{six}dns=2001:db8::53;\n", "[ipv4]\nmethod=disabled\n"))
    host.set_up(", address: 192.0.2.5/24")
    assert "2001:db8::53" not in after(host)
    told = [it for it in capsys.readouterr().err.splitlines() if "2001:db8::53" in it]
    assert len(told) == 1, told
    assert "eth0.nmconnection:" in told[0]


def test_netplan_has_no_empty_lists_of_names(tmp_path: Path) -> None:
    netplan = next(it for it in STACKS if it.name == "netplan")
    host = leased(netplan, tmp_path)
    host.set_up(", address: dhcp, dns: none, search: none")
    assert "nameservers" not in (host.root / NETPLAN.lstrip("/")).read_text()
