"""Files that somebody else wrote, in bytes nobody expects: refused by name, or kept whole."""

import pytest
from proposing import plan_for
from sized_hosts import KINDS, Kind

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.interfaces import InterfacesFile
from xenbond_tui.plan.plan import Plan

NETWORK = "/etc/systemd/network/eth0.network"
BOM = "\ufeff"


def after(plan: Plan) -> dict[str, str]:
    return {item.path: item.after.decode() for item in plan.changes if item.after is not None}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_that_is_not_utf8_is_named_and_its_stack_is_found(kind: Kind) -> None:
    path, text = next(iter(kind.files(0).items()))
    facts = kind.host(0, files={path: b"# Gr\xfc\xdfe\n" + text.encode()})
    evidence = kind.stack.owns(facts)
    assert evidence is not None
    with pytest.raises(XenbondError, match=f"{path}:1"):
        plan_for(kind.stack, facts, kind.answers)


def test_a_byte_order_mark_stays_at_the_file_s_beginning() -> None:
    """systemd skips it there alone; in mid-file the section behind it would be lost."""
    kind = KINDS["networkd"]
    text = f"{BOM}{kind.files(0)[NETWORK]}"
    files = after(plan_for(kind.stack, kind.host(0, files={NETWORK: text}), kind.answers))
    networks = [text for path, text in files.items() if path.endswith(".network")]
    (bridge,) = [text for text in networks if "Name=xenbr0\n" in text]
    assert "Address=192.168.0.222/24\n" in bridge
    assert all(BOM not in item[1:] for item in files.values())
    assert files[NETWORK].startswith(f"{BOM}[Match]\n")


def test_a_file_of_the_bridge_that_only_matches_it_gets_its_network_section() -> None:
    kind = KINDS["networkd"]
    path = "/etc/systemd/network/xenbr0.network"
    for text in ("[Match]\nName=xenbr0", "[Match]\nName=xenbr0\n", f"{BOM}[Match]\nName=xenbr0"):
        files = after(plan_for(kind.stack, kind.host(0, files={path: text}), kind.answers))
        assert files[path].startswith(text.rstrip("\n") + "\n\n[Network]\n")
        assert "Address=192.168.0.222/24\n" in files[path]


@pytest.mark.parametrize("end", ["\tup x \\", "\tup x \\\n", "\tup x \\\n\\\n"])
def test_what_is_added_is_no_continuation_of_a_last_line_that_is_open(end: str) -> None:
    file = InterfacesFile.parse("f", f"iface eth0 inet dhcp\n{end}")
    file.append("auto eth1")
    again = InterfacesFile.parse("f", file.render())
    assert [line.text for line in again.lines if line.starts_stanza] == [
        "iface eth0 inet dhcp",
        "auto eth1",
    ]
    kind = KINDS["ifupdown"]
    path, text = next(iter(kind.files(0).items()))
    files = after(plan_for(kind.stack, kind.host(0, files={path: text + end}), kind.answers))
    stanzas = InterfacesFile.parse(path, files[path]).stanzas()
    assert {"bond0", "xenbr0"} <= {word for item in stanzas for word in item.head.words}
