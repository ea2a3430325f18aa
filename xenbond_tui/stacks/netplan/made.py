"""The files that netplan makes for systemd-networkd, as far as it matters whose link they take.

In a copy of /etc it has made none, and on a running host none of what was written since the boot.
"""

from collections.abc import Mapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.netplan import places
from xenbond_tui.stacks.netplan.files import Configuration, Merged
from xenbond_tui.stacks.netplan.links import PHYSICAL
from xenbond_tui.stacks.networkd.places import RUN
from xenbond_tui.value import replace

PREFIX = "10-netplan-"


def with_made(facts: HostFacts, texts: Mapping[str, str]) -> HostFacts:
    """The host with these files of netplan's: name → text."""
    found = ((f"{RUN}/{name}", text.encode()) for name, text in texts.items())
    made = {path: FileState(path, data, 0o644) for path, data in found}
    return replace(facts, files={**facts.files, **made})


def after_boot(facts: HostFacts) -> HostFacts:
    """The host with what netplan will have made of its files for systemd-networkd.

    What it has made already stays as it is; of files that it can't read it makes nothing.
    """
    if not facts.may_have(*places.NETPLAN, *places.GENERATORS):
        return facts
    try:
        config = Configuration(facts)
        match = {link.id: text for link in config.merged() if (text := _match(config, link))}
    except XenbondError:
        return facts
    texts = {f"{PREFIX}{id}.network": f"[Match]\n{text}" for id, text in match.items()}
    new = {name: text for name, text in texts.items() if f"{RUN}/{name}" not in facts.files}
    return with_made(facts, new)


def _match(config: Configuration, link: Merged) -> str:
    """[Match] of its file (write_match() of netplan's src/networkd.c); "" where it gets none."""
    kind = link.last.type
    if config.renderer(link, kind, config.files[0]) != "networkd" or kind == "nm-devices":
        return ""
    if kind not in PHYSICAL or link.having("match") is None:
        return f"Name={link.id}\n"
    drivers = link.text("match", "driver") or " ".join(link.words("match", "driver"))
    asked = (
        ("Driver", drivers),
        ("PermanentMACAddress", link.text("match", "macaddress")),
        # Once renamed it has the name it matched no longer.
        ("Name", link.text("set-name") or link.text("match", "name")),
    )
    return "".join(f"{key}={said}\n" for key, said in asked if said)
