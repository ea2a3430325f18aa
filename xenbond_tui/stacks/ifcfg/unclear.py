"""What an ifcfg file says in a way that only a shell can follow: it is sourced by root."""

from collections.abc import Collection, Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.rules.findings import Finding, Severity, from_error, refuse, warn
from xenbond_tui.stacks.ifcfg import address
from xenbond_tui.stacks.ifcfg.files import Config, Scripts


def about_unknown(scripts: Scripts, names: Collection[str]) -> Iterator[Finding]:
    """Files of which the shell alone can tell whether they are about one of these links."""
    for config in scripts.configs:
        if config.name in names or config.device is not None:
            # Editing it, or refusing to, names what it is.
            continue
        for key in ("DEVICE", "HWADDR"):
            try:
                config.file.get(key)
            except XenbondError as error:
                links = " or ".join(sorted(filter(None, names)))
                remedy = f"Make sure that it is not about {links}."
                yield from_error("source-not-followed", error, remedy, Severity.WARN)


def not_followed(config: Config, name: str, bridge: str) -> Iterator[Finding]:
    """Lines of a link that becomes a port which the shell follows, and nobody else can."""
    for line, text in config.file.reads_others():
        yield warn(
            "source-not-followed",
            f"{config.path}:{line}",
            f"`{text}` reads another file, and stays here: what that says of an address does not "
            f"move to {bridge}.",
            "If it says something of it, write its lines here in its place.",
        )
    for line, key, text in config.file.unclear():
        where, plainly = f"{config.path}:{line}", "Write it plainly there and try again."
        if address.gives(key):
            yield refuse(
                "file-not-editable",
                where,
                f"`{text}`: {key} is set as only the shell can tell, so it could not move from "
                f"{name} to {bridge}.",
                plainly,
            )
        elif address.MOVING.fullmatch(key) or key == "MACADDR":
            yield warn(
                "source-not-followed",
                where,
                f"`{text}`: {key} is set as only the shell can tell. It stays with {name} and "
                f"does not go to {bridge}.",
                f"Write it plainly there, or for {bridge} afterwards if it is still needed.",
            )
