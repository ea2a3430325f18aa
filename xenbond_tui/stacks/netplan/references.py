"""What else in the files names a link: VLANs, tunnels, other bonds and bridges."""

from collections.abc import Iterator

from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.stacks.netplan.files import Configuration, Definition
from xenbond_tui.value import dataclass

_NAMING = frozenset({"link", "peer", "interfaces", "primary", "ports"})
"""Keys whose values are IDs of other definitions."""
_NAMED_BY_KEY = frozenset({"path-cost", "port-priority"})
"""Maps whose keys are."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a link."""

    definition: Definition
    """Of the link that names it."""
    keys: tuple[str | int, ...]
    """Where below that definition."""

    @property
    def where(self) -> str:
        """`/etc/netplan/50-cloud-init.yaml:19`."""
        return self.definition.where(*self.keys)


def references(config: Configuration, name: str) -> Iterator[Reference]:
    """Every place that names the link with that ID."""
    for definition in config.definitions():
        yield from (
            Reference(definition, keys) for keys in _found(definition.get(), name, (), naming=False)
        )


def _found(
    value: Data | None, name: str, keys: tuple[str | int, ...], *, naming: bool
) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        by_key = bool(keys) and keys[-1] in _NAMED_BY_KEY
        for key, item in value.items():
            if by_key and key == name:
                yield (*keys, key)
            yield from _found(item, name, (*keys, key), naming=key in _NAMING)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _found(item, name, (*keys, index), naming=naming)
    elif naming and value == name:
        yield keys
