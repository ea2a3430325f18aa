"""What NetworkManager's settings leave alone no profile brings up: refused by file and line."""

import os
from pathlib import Path

import pytest
from facts_builder import ETH1_MAC, make_facts
from netplan_cases import (
    ANSWERS as NETPLAN_ANSWERS,
    LINKS as NETPLAN_LINKS,
    PRESENT as NETPLAN_PRESENT,
)
from networkmanager_cases import ANSWERS, ETH0, LINKS, host
from option_cases import done
from proposing import plan_for, propose_removal, told_by

from xenbond_tui.facts.file_state import FileState
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.networkmanager import NetworkManager

ETC = "/etc/NetworkManager/conf.d/10.conf"
RUN = "/run/NetworkManager/conf.d/10.conf"
USR = "/usr/lib/NetworkManager/conf.d/10.conf"
MAIN = "/etc/NetworkManager/NetworkManager.conf"
UBUNTU = "/usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf"
LIST = "[keyfile]\nunmanaged-devices={}\n"
DEVICE = "[device-{}]\nmatch-device=eth1\nmanaged={}\n"
ALL = {"eth0", "eth1", "bond0", "xenbr0"}
RADIOS = LIST.format("*,except:type:wifi,except:type:gsm")


def refused(files: dict[str, str], *, live: bool = True) -> set[tuple[str, str]]:
    """(where, the link) of each that is left alone."""
    found = (x for x in told(files, live=live) if x.severity is Severity.REFUSE)
    return {(x.where, x.text.split(" leave ")[1].split()[0]) for x in found}


def told(files: dict[str, str], *, live: bool = True) -> list[Finding]:
    facts = host({"eth0": ETH0}, more=files, live=live)
    return [x for x in told_by(NetworkManager(), facts, ANSWERS) if x.code == "link-unmanaged"]


@pytest.mark.parametrize(
    ("said", "links"),
    [
        ("interface-name:eth1", {"eth1"}),
        ("interface-name:eth1;interface-name:xenbr*", {"eth1", "xenbr0"}),
        ("interface-name:=xenbr*", set()),
        ("eth1", {"eth1"}),
        (ETH1_MAC.upper(), {"eth1"}),
        (f"mac:{ETH1_MAC}", {"eth1"}),
        ("type:bond", {"bond0"}),
        ("type:bridge, type:wifi", {"xenbr0"}),
        ("*", {"eth0", "eth1", "bond0", "xenbr0"}),
        ("*,except:type:ethernet", {"bond0", "xenbr0"}),
        ("except:interface-name:eth*;except:type:bridge", {"bond0"}),
        ("interface-name:eth2;type:wifi;mac:02:00:00:00:00:99", set()),
        ("", set()),
    ],
)
def test_a_link_of_the_list_is_refused_by_its_line(said: str, links: set[str]) -> None:
    assert refused({ETC: LIST.format(said)}) == {(f"{ETC}:2", link) for link in links}


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({USR: LIST.format("eth1"), ETC: ""}, ""),
        ({USR: LIST.format("eth1"), RUN: LIST.format("eth2")}, ""),
        ({USR: LIST.format("eth1")}, f"{USR}:2"),
        ({MAIN: LIST.format("eth1"), ETC: LIST.format("eth2")}, ""),
        ({MAIN: LIST.format("eth1"), USR: LIST.format("eth2")}, f"{MAIN}:2"),
        ({MAIN: LIST.format("eth1"), ETC: "[keyfile]\nunmanaged-devices+=eth2\n"}, f"{MAIN}:2"),
        ({MAIN: LIST.format("eth1"), ETC: "[keyfile]\nunmanaged-devices-=eth1\n"}, ""),
        ({ETC: LIST.format("eth1") + "[.config]\nenable=false\n"}, ""),
        ({MAIN: LIST.format("eth1") + "[.config]\nenable=false\n"}, f"{MAIN}:2"),
        ({ETC: DEVICE.format("a", 0), MAIN: DEVICE.format("b", 1)}, f"{ETC}:3"),
        ({ETC: DEVICE.format("a", 1), MAIN: DEVICE.format("b", 0)}, ""),
        ({ETC.replace(".conf", ".txt"): LIST.format("eth1")}, ""),
    ],
)
def test_the_last_file_has_the_word(files: dict[str, str], where: str) -> None:
    assert refused(files) == ({(where, "eth1")} if where else set())


def test_what_lay_under_run_of_another_systems_tree_is_of_its_last_boot() -> None:
    assert refused({RUN: LIST.format("eth1")}) == {(f"{RUN}:2", "eth1")}
    assert refused({RUN: LIST.format("eth1")}, live=False) == set()


@pytest.mark.parametrize(
    ("text", "line", "links"),
    [
        ("[device]\nmatch-device=interface-name:eth1\nmanaged=0\n", 3, {"eth1"}),
        ("[device-x]\nmanaged=false\nmatch-device=type:bridge\n", 2, {"xenbr0"}),
        ("[device]\nmanaged=no\n", 2, {"eth0", "eth1", "bond0", "xenbr0"}),
        ("[device]\nmatch-device=interface-name:eth1\nmanaged=1\n", 0, set()),
        ("[device]\nmatch-device=interface-name:eth1\nignore-carrier=yes\n", 0, set()),
        ("[device-a]\nmatch-device=eth1\nmanaged=1\n[device-b]\nmanaged=0\n", 5, ALL - {"eth1"}),
        ("[device-a]\nmanaged=0\n[device-b]\nmatch-device=eth1\nmanaged=1\n", 2, ALL),
        ("[device]\nmanaged=0\n[device-a]\nmatch-device=eth1\nmanaged=1\n", 2, ALL - {"eth1"}),
        ("[device-a]\nmatch-device=eth1\nstop-match=yes\n[device]\nmanaged=0\n", 5, ALL - {"eth1"}),
        ("[main]\nmanaged=0\n", 0, set()),
        ("[ifupdown]\nmanaged=false\n", 0, set()),
    ],
)
def test_a_device_section_that_does_not_manage_is_refused(
    text: str, line: int, links: set[str]
) -> None:
    assert refused({MAIN: text}) == {(f"{MAIN}:{line}", link) for link in links}


def test_settings_that_can_t_be_read_are_refused_and_say_nothing_of_other_stacks() -> None:
    bad = {MAIN: FileState(MAIN, b"[main]\nplugins=\xff\n", 0o644)}
    facts = host({"eth0": ETH0}, more=bad)
    found = [x for x in told_by(NetworkManager(), facts, ANSWERS) if x.where == f"{MAIN}:2"]
    assert [x.severity for x in found] == [Severity.REFUSE]
    assert NetworkManager().owns(facts) == NetworkManager().owns(host({"eth0": ETH0}))
    assert NetworkManager().owns(host({}, more=bad)) is None


@pytest.mark.parametrize(
    ("files", "count"),
    [({ETC: LIST.format("type:bridge")}, 1), ({UBUNTU: RADIOS}, 0), ({ETC: RADIOS}, 4), ({}, 0)],
)
@pytest.mark.parametrize("renderer", ["NetworkManager", "networkd"])
def test_netplan_s_links_too_where_it_renders_for_networkmanager(
    files: dict[str, str], count: int, renderer: str
) -> None:
    text = f"network: {{version: 2, renderer: {renderer}, ethernets: {{eth0: {{dhcp4: true}}}}}}\n"
    facts = make_facts(
        files={"/etc/netplan/1.yaml": text, **files},
        present=frozenset(NETPLAN_PRESENT),
        links=NETPLAN_LINKS,
    )
    found = [x.where for x in told_by(Netplan(), facts, NETPLAN_ANSWERS)]
    here = [where for where in found if "/conf.d/" in where]
    assert len(here) == (count if renderer == "NetworkManager" else 0)


def test_a_nic_that_is_left_alone_gets_no_address_by_a_removal() -> None:
    facts = done(
        host({"eth0": ETH0}, live=False), plan_for(NetworkManager(), host({"eth0": ETH0}), ANSWERS)
    )
    assert propose_removal(facts, "eth1").plan is not None
    files = {it.path: it for it in facts.files.values()}
    left = make_facts(
        files={**files, ETC: LIST.format("eth1")},
        present=facts.present,
        links=facts.links,
        live=False,
    )
    assert propose_removal(left, "eth0").plan is not None
    found = propose_removal(left, "eth1")
    assert found.plan is None
    assert [x.where for x in found.refusals] == [f"{ETC}:2"]


ETH1_INDEX = next(it.index for it in LINKS if it.name == "eth1")
RULES = "/etc/udev/rules.d/99-mine.rules"
DEBIAN = "/usr/lib/udev/rules.d/85-nm-unmanaged.rules"
SHIPPED = """\
# Do not modify this file.
SUBSYSTEM!="net", GOTO="nm_unmanaged_end"
ACTION!="add|change|move", GOTO="nm_unmanaged_end"
ENV{INTERFACE}=="vboxnet[0-9]*", ENV{NM_UNMANAGED}="1"
ENV{ID_NET_DRIVER}=="veth", ENV{INTERFACE}!="eth[0-9]*", ENV{NM_UNMANAGED}="1"
LABEL="nm_unmanaged_end"
"""
OFF = ', ENV{NM_UNMANAGED}="1"\n'


@pytest.mark.parametrize(
    ("rule", "links"),
    [
        (f'SUBSYSTEM=="net", KERNEL=="eth1"{OFF}', {"eth1"}),
        (f'ACTION=="add|change", ENV{{INTERFACE}}=="eth*|bond0"{OFF}', {"eth0", "eth1", "bond0"}),
        (f'ENV{{DEVTYPE}}=="bridge"{OFF}', {"xenbr0"}),
        (f'ENV{{ID_NET_DRIVER}}=="bonding"{OFF}', {"bond0"}),
        (f'ATTR{{address}}=="{ETH1_MAC}"{OFF}', {"eth1"}),
        (f'KERNEL=="eth1", \\\n  SUBSYSTEM=="net"{OFF}', {"eth1"}),
        (f'KERNEL!="eth0|bond*|xenbr*"{OFF}', {"eth1"}),
        (f'KERNEL=="eth1"{OFF}KERNEL=="eth*", ENV{{NM_UNMANAGED}}="0"\n', set()),
        (f'KERNEL=="eth1", GOTO="end"\nKERNEL=="eth*"{OFF}LABEL="end"\n', {"eth0"}),
        (f'KERNEL=="eth1", SUBSYSTEM=="usb"{OFF}', set()),
        (f'KERNEL=="eth1", ATTR{{speed}}=="10"{OFF}', set()),
        (f'ACTION=="change", KERNEL=="eth1"{OFF}', {"eth1"}),
        (f'ACTION=="remove", KERNEL=="eth1"{OFF}', set()),
        (f'# KERNEL=="eth1"{OFF}', set()),
        ('KERNEL=="eth1", ENV{NM_UNMANAGED}=="1", NAME="x"\n', set()),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_so_is_one_that_a_rule_of_udev_has_it_leave_alone(
    rule: str, links: set[str], *, live: bool
) -> None:
    found = refused({RULES: rule, DEBIAN: SHIPPED}, live=live)
    # Of eth0, which it runs there, NetworkManager itself says that it has it.
    assert {link for _, link in found} == links - ({"eth0"} if live else set())
    assert {where.rpartition(":")[0] for where, _ in found} <= {RULES}


VENDOR = "/usr/lib/udev/rules.d/85-hyper.rules"


@pytest.mark.parametrize("folder", ["usr/lib", "lib", "run", "etc"])
@pytest.mark.parametrize("name", ["85-hyper.rules", "68-azure-sriov-nm-unmanaged.rules", "x.rules"])
def test_a_rule_that_a_vendor_brings_is_read_wherever_it_lies(
    tmp_path: Path, folder: str, name: str
) -> None:
    rule = tmp_path / folder / "udev/rules.d" / name
    rule.parent.mkdir(parents=True)
    rule.write_text(f'KERNEL=="eth1"{OFF}')
    for other in ("60-persistent-storage.rules", "85-nm-unmanaged.rules", "70-joystick.rules"):
        (rule.parent / other).write_text(SHIPPED)
    asked = NetworkManager().paths(RootedTree(os.fspath(tmp_path)))
    here = f"/{folder}/udev/rules.d/{name}"
    assert here in asked
    own = [path for path in asked if "joystick" in path or "storage" in path]
    assert bool(own) is (folder in ("run", "etc"))
    assert refused({here: rule.read_text()}) == {(f"{here}:1", "eth1")}


@pytest.mark.parametrize(
    "asked",
    [
        'KERNEL=="eth1", ATTR{type}=="1"',
        'DRIVERS=="?*", ATTR{dev_id}=="0x0", ATTR{type}=="1", KERNEL=="eth1"',
        'KERNEL=="eth1", TEST=="/etc/x"',
        'KERNEL=="eth1", KERNELS=="0000:00:05.0"',
        'KERNEL=="eth1", ENV{ID_PATH}=="pci-0000:00:05.0"',
    ],
)
def test_a_rule_with_a_condition_that_can_not_be_known_is_named(asked: str) -> None:
    rule = f"{asked}{OFF}"
    found = told({RULES: rule})
    assert [(it.severity, it.where) for it in found] == [(Severity.WARN, f"{RULES}:1")]
    assert "may have NetworkManager leave eth1 alone" in found[0].text
    assert [it.where for it in told({VENDOR: rule})] == [f"{VENDOR}:1"]
    # What NetworkManager brings is about kinds of link that none of ours is.
    assert told({DEBIAN: rule}) == []
    # A later rule that surely holds has the last word.
    assert told({RULES: f'{rule}KERNEL=="eth1", ENV{{NM_UNMANAGED}}="0"\n'}) == []


def test_what_its_own_settings_manage_counts_more_than_udev() -> None:
    files = {RULES: f'KERNEL=="eth1"{OFF}', ETC: DEVICE.format("a", 1)}
    assert refused(files) == set()
    assert refused({**files, ETC: ""}) == {(f"{RULES}:1", "eth1")}


def test_of_two_files_of_a_name_the_one_of_etc_counts() -> None:
    off = f'KERNEL=="eth1"{OFF}'
    assert refused({DEBIAN: off}) == {(f"{DEBIAN}:1", "eth1")}
    assert refused({DEBIAN: off, DEBIAN.replace("/usr/lib", "/etc"): "#\n"}) == set()


def test_of_a_link_that_runs_udev_and_networkmanager_say_what_holds() -> None:
    rule, data = {RULES: f'KERNEL=="eth1"{OFF}'}, f"/run/udev/data/n{ETH1_INDEX}"
    state = f"/run/NetworkManager/devices/{ETH1_INDEX}"
    assert refused({data: "I:1\nE:NM_UNMANAGED=1\n"}) == {(f"{data}:2", "eth1")}
    assert refused({**rule, data: "I:1\nE:ID_BUS=pci\n"}) == set()
    assert refused({**rule, state: "[device]\nmanaged=true\n"}) == set()
    assert refused({data: "E:NM_UNMANAGED=1\n"}, live=False) == set()
