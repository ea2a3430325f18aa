"""cloud-init writes its network files again at boot, unless it is told to leave the network alone.

It writes what its distribution's stack reads: /etc/netplan/50-cloud-init.yaml,
/etc/network/interfaces.d/50-cloud-init, ifcfg files, cloud-init-*.nmconnection, 10-cloud-init-*.
Sources: cloud-init's doc/rtd/reference/network-config.rst ("Disabling network configuration"),
cloudinit/net/{netplan,eni,sysconfig,network_manager,networkd}.py, and the comment at the head of
each file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.files.yaml_nodes import Data
    from xenbond_tui.files.yaml_text import YamlText

_GENERATED = regex(r".*/(50-cloud-init(\.yaml|\.cfg)?|10-cloud-init-[^/]*|cloud-init-[^/]*)")
_HEAD = regex(rb"#[^\n]*cloud-init", re.IGNORECASE)
"""In what a file begins with that has no such name: ifcfg-eth0."""
_HEAD_SIZE = 512
_MAIN = "/etc/cloud/cloud.cfg"
_DROP_INS = "/etc/cloud/cloud.cfg.d"
OWN = f"{_DROP_INS}/99-disable-network-config.cfg"
"""The name cloud-init's own comment gives it."""
_TEXT = "network: {config: disabled}\n"
_DISABLED = "/etc/cloud/cloud-init.disabled"
_PROBES = ("/usr/bin/cloud-init", "/usr/lib/cloud-init", _DISABLED)


def probes() -> tuple[str, ...]:
    """Its programs, and the mark that switches it off."""
    return _PROBES


def paths(tree: Tree) -> tuple[str, ...]:
    """Its configuration files on that host, and the one that would be new."""
    return (_MAIN, OWN, *tree.glob(f"{_DROP_INS}/*.cfg"))


def _written_again(facts: HostFacts, written: Iterable[FileChange]) -> str | None:
    """The file of a plan that it would write again at the next boot; None when it won't."""
    there = any(path in facts.present for path in _PROBES[:2])
    # Of a copy of /etc alone nobody knows the programs.
    there = there or (not facts.programs_known and _MAIN in facts.files)
    if not there or _DISABLED in facts.present or _told_not_to(facts):
        return None
    found = (it.path for it in written if it.before is not None and _is_its(it.path, it.before))
    return next(found, None)


def _is_its(path: str, data: bytes) -> bool:
    return _GENERATED.fullmatch(path) is not None or bool(_HEAD.search(data[:_HEAD_SIZE]))


def _told_not_to(facts: HostFacts) -> bool:
    """The last file that says anything of the network counts."""
    told = False
    drop_ins = sorted(path for path in facts.files if path.startswith(f"{_DROP_INS}/"))
    for path in (_MAIN, *drop_ins):
        network = _network(facts, path)
        if network is not None:
            told = isinstance(network, dict) and network.get("config") == "disabled"
    return told


def _network(facts: HostFacts, path: str) -> "Data | None":
    """What a file says of the network; nothing where cloud-init could not read it either."""
    try:
        return _open(facts, path).data(("network",))
    except XenbondError:
        return None


def _open(facts: HostFacts, path: str) -> "YamlText":
    from xenbond_tui.files.yaml_reader import Pieces
    from xenbond_tui.files.yaml_text import YamlText

    return YamlText(path, facts.text(path) or "", facts.kept.once(Pieces))


def changes(facts: HostFacts, written: Iterable[FileChange]) -> tuple[FileChange, ...]:
    """The file that tells it to leave the network alone, where a plan needs that.

    Args:
        facts: the host.
        written: the stack's files in the plan.

    Raises:
        XenbondError: a file of that name is there and can't be edited.
    """
    if _written_again(facts, written) is None:
        return ()
    state = facts.files.get(OWN)
    after = _TEXT
    if state is not None:
        file = _open(facts, OWN)
        file.put(("network",), {"config": "disabled"})
        after = file.text
    why = "cloud-init leaves the network alone"
    return (FileChange.of(OWN, state, after.encode(), why),)


def check(facts: HostFacts, written: Sequence[FileChange]) -> Iterator[Finding]:
    """Says that cloud-init would undo the change, and what is done about it."""
    path = _written_again(facts, written)
    if path is None:
        return
    for other in sorted(facts.files):
        if other > OWN and other.startswith(f"{_DROP_INS}/") and _network(facts, other) is not None:
            yield refuse(
                "cloud-init-overrides",
                other,
                f"cloud-init can write {path} again at boot, and what this file says of the "
                f"network counts more than {OWN}, which would tell it not to.",
                "Take its network: lines out, or write `network: {config: disabled}` there.",
            )
            return
    yield note(
        "cloud-init-disabled",
        path,
        f"cloud-init can write it again at boot and undo all this. {OWN} tells it to leave the "
        "network alone; an undo takes that file away again.",
    )


def stays(facts: HostFacts, written: Iterable[FileChange]) -> Iterator[Finding]:
    """Says of a removal that cloud-init goes on leaving the network alone, as the set-up told it.

    Args:
        facts: the host.
        written: every file of the plan.
    """
    state = facts.files.get(OWN)
    gone = any(it.path == OWN and it.after != it.before for it in written)
    if state is not None and state.data == _TEXT.encode() and not gone:
        yield note(
            "cloud-init-disabled",
            OWN,
            f"cloud-init goes on leaving the network alone, as {OWN} tells it.",
            "Remove that file if cloud-init shall write the network at boot again.",
        )
