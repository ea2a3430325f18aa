"""cloud-init writes 50-cloud-init.yaml again at boot, unless it is told to leave the network alone.

Sources: cloud-init's doc/rtd/reference/network-config.rst ("Disabling network configuration") and
the comment it puts at the head of the file itself.
"""

from collections.abc import Iterator

from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.stacks.netplan.files import DIRECTORIES, open_text

GENERATED = "50-cloud-init.yaml"
_MAIN = "/etc/cloud/cloud.cfg"
_DROP_INS = "/etc/cloud/cloud.cfg.d"
OWN = f"{_DROP_INS}/99-disable-network-config.cfg"
"""The name cloud-init's own comment gives it."""
_TEXT = "network: {config: disabled}\n"
_DISABLED = "/etc/cloud/cloud-init.disabled"
PROBES = ("/usr/bin/cloud-init", "/usr/lib/cloud-init", _DISABLED)


def paths(tree: Tree) -> tuple[str, ...]:
    """Its configuration files on that host, and the one that would be new."""
    return (_MAIN, OWN, *tree.glob(f"{_DROP_INS}/*.cfg"))


def writes_anew(facts: HostFacts) -> str | None:
    """The file it would write again at the next boot; None when it won't."""
    there = any(path in facts.present for path in PROBES[:2])
    if not there or _DISABLED in facts.present or _told_not_to(facts):
        return None
    known = (f"{directory}/{GENERATED}" for directory in DIRECTORIES)
    return next((path for path in known if path in facts.files), None)


def _told_not_to(facts: HostFacts) -> bool:
    """The last file that says anything of the network counts."""
    told = False
    drop_ins = sorted(path for path in facts.files if path.startswith(f"{_DROP_INS}/"))
    for path in (_MAIN, *drop_ins):
        network = _network(facts, path)
        if network is not None:
            told = isinstance(network, dict) and network.get("config") == "disabled"
    return told


def _network(facts: HostFacts, path: str) -> Data | None:
    """What a file says of the network; nothing where cloud-init could not read it either."""
    try:
        return open_text(facts, path).data(("network",))
    except XenbondError:
        return None


def changes(facts: HostFacts) -> tuple[FileChange, ...]:
    """The file that tells it to leave the network alone, where that is needed.

    Raises:
        XenbondError: a file of that name is there and can't be edited.
    """
    if writes_anew(facts) is None:
        return ()
    state = facts.files.get(OWN)
    after = _TEXT
    if state is not None:
        file = open_text(facts, OWN)
        file.put(("network",), {"config": "disabled"})
        after = file.text
    why = "cloud-init leaves the network alone"
    return (FileChange.of(OWN, state, after.encode(), why),)


def check(facts: HostFacts) -> Iterator[Finding]:
    """Says that cloud-init would undo the change, and what is done about it."""
    path = writes_anew(facts)
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
