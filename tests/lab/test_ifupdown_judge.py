"""ifupdown itself reads every golden tree of its stack: what it would do, and in which order."""

from pathlib import Path

import pytest

from tests.lab.channel import Done
from tests.lab.judge import judge

GOLDEN = Path(__file__).parent.parent / "golden" / "ifupdown"
MAIN = "/mnt/etc/network/interfaces"
NO_ACT = f"ifup -i {MAIN} --state-dir /tmp --no-act --no-scripts --verbose bond0 xenbr0"


def asked(files: dict[str, str], script: str) -> Done:
    """Run a shell script where ifupdown and dhclient are, with the files under /mnt."""
    moved = {
        path: text.replace("/etc/network/", "/mnt/etc/network/") for path, text in files.items()
    }
    return judge("dhcp", moved, "sh", "-c", script).done


def after(case: str) -> dict[str, str]:
    tree = GOLDEN / case / "after"
    return {
        f"/{path.relative_to(tree)}": path.read_bytes().decode()
        for path in sorted((tree / "etc" / "network").rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_ifup_brings_up_the_bond_and_then_the_bridge(lab: None, case: str) -> None:
    autos = asked(after(case), f"ifquery -i {MAIN} --list").ok().split()
    assert autos.index("bond0") < autos.index("xenbr0")
    assert "eth0 eth1" in asked(after(case), f"ifquery -i {MAIN} bond0").ok()
    done = asked(after(case), NO_ACT)
    done.ok()
    said = done.out + done.err
    assert ("dhclient" if case == "dhcp" else "192.168.0.222") in said


def test_it_would_say_so(lab: None) -> None:
    """The judge is awake: a method that is none is told by line."""
    files = after("installer")
    (path,) = (path for path, text in files.items() if "iface xenbr0" in text)
    files[path] = files[path].replace("iface xenbr0 inet static", "iface xenbr0 inet statical")
    done = asked(files, NO_ACT)
    assert done.rc != 0
    assert f"{MAIN}:" in done.err
