"""Hosts of every stack as a copy of their /etc, and the script that is made for each."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.compose import offline
from xenbond_tui.export.script import script
from xenbond_tui.plan.plan import Plan

TESTS = Path(__file__).parents[1]
HOWTO = TESTS.parent / "assets/demo/rhel5-dom0/tree/etc"
ANSWERS = """\
version: 1
bond: {slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""

EVIDENCE: dict[str, dict[str, str]] = {
    "ifcfg": {"etc/rc.d/init.d/network": "", "etc/rc.d/rc3.d/S10network": ">../init.d/network"},
    "ifupdown": {"etc/network/if-pre-up.d/ifenslave": "", "etc/network/if-pre-up.d/bridge": ""},
    "ifupdown2": {},
    "netplan": {},
    "networkd": {
        "etc/systemd/system/multi-user.target.wants/systemd-networkd.service": (
            ">/usr/lib/systemd/system/systemd-networkd.service"
        ),
    },
    "networkmanager": {
        "etc/systemd/system/multi-user.target.wants/NetworkManager.service": (
            ">/usr/lib/systemd/system/NetworkManager.service"
        ),
    },
}
"""Stack → what a copy of /etc has besides, by which it is recognised; `>` begins a link."""


@dataclass(frozen=True, slots=True)
class Host:
    """A copy of a host's /etc."""

    stack: str
    etc: Path

    def copy_to(self, tree: Path) -> Path:
        """Lay it out below a directory."""
        shutil.copytree(self.etc, tree / "etc", symlinks=True)
        for name, text in EVIDENCE[self.stack].items():
            place = tree / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith(">"):
                place.symlink_to(text[1:])
            elif not place.exists():
                place.write_text(text)
        for path in tree.rglob("*.nmconnection"):
            # git keeps no mode 0600, and NetworkManager reads no other.
            path.chmod(0o600)
        return tree


def hosts() -> Iterator[tuple[str, Host]]:
    """The howto's own host, and the golden cases."""
    yield "howto", Host("ifcfg", HOWTO)
    for before in sorted((TESTS / "golden").glob("*/*/before/etc")):
        stack, case = before.parts[-4:-2]
        yield f"{stack}-{case}", Host(stack, before)
        if stack == "ifupdown":
            yield f"ifupdown2-{case}", Host("ifupdown2", before)


HOSTS = dict(hosts())


def plan_of(tree: Path, stack: str) -> Plan | None:
    """The plan for that tree; None where it is refused."""
    answers = loads(ANSWERS + f"stack: {stack}\n", "answers.yaml")
    return planner.propose(planner.read_host(offline(str(tree))), SetUp(answers)).plan


def made(name: str, directory: Path) -> tuple[Path, Path, Plan]:
    """A host's tree and its script, both in that directory, and the plan."""
    host = HOSTS[name]
    tree = host.copy_to(directory / "tree")
    plan = plan_of(tree, host.stack)
    assert plan is not None, f"{name} is refused"
    place = directory / "setup.sh"
    place.write_text(script(plan))
    return tree, place, plan


def looks(tree: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Every path with its mode and contents, the script's own notes left out."""
    found: dict[str, tuple[int, bytes | str | None]] = {}
    for path in sorted(tree.rglob("*")):
        name = str(path.relative_to(tree))
        if name.split("/")[0] == "var":
            continue
        mode = path.lstat().st_mode
        if path.is_symlink():
            found[name] = (mode, str(path.readlink()))
        else:
            found[name] = (mode, path.read_bytes() if path.is_file() else None)
    return found


def planned(tree: Path, plan: Plan) -> dict[str, tuple[int, bytes | str | None]]:
    """The same as it is to be after the plan."""
    found = looks(tree)
    for change in plan.changed:
        name = (change.real or change.path).lstrip("/")
        if change.after is None:
            found.pop(name)
            continue
        found[name] = (0o100000 | change.mode, change.after)
        for parent in Path(name).parents:
            if str(parent) != ".":
                found.setdefault(str(parent), (0o040755, None))
    return dict(sorted(found.items()))
