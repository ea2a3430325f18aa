"""The demo host's kernel as data: links, cables, bonds, bridges; kept as one JSON file."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fcntl import LOCK_EX, LOCK_SH, flock
from typing import Any

from xenbond_tui.value import dataclass, field


@dataclass(slots=True)
class DemoLink:
    """One link. `cable` is what the demo pulls; a bond or bridge has kind set and no cable."""

    name: str
    index: int
    mac: str
    kind: str = ""
    permanent_mac: str = ""
    driver: str = ""
    bus: str = ""
    speed: int = 0
    """Mbit/s; 0 when the driver does not say."""
    up: bool = False
    cable: bool = True
    mtu: int = 1500
    master: str | None = None
    wireless: bool = False
    dynamic: bool = False
    addresses: list[str] = field(default_factory=list)
    """With prefix."""
    mii_up: bool = True
    """What the bond believes of this slave; follows the cable only when miimon is set."""
    failures: int = 0
    guest_mac: str = ""
    """A vif's: the one its guest was given."""


@dataclass(slots=True)
class DemoBond:
    """What the bonding driver keeps of one bond."""

    mode: str
    miimon: int = 0
    options: dict[str, str] = field(default_factory=dict)
    slaves: list[str] = field(default_factory=list)
    active: str | None = None


@dataclass(slots=True)
class DemoBridge:
    """What the bridge keeps. Its ports are the links whose master it is."""

    stp: bool = False
    forward_delay: float = 0.0
    pinned_mac: str | None = None


@dataclass(slots=True)
class DemoState:
    """Everything the demo host's kernel knows."""

    title: str
    ssh: str
    driver: str
    slave_fields: list[str]
    modinfo: str
    links: dict[str, DemoLink]
    bonds: dict[str, DemoBond]
    bridges: dict[str, DemoBridge]
    gateways: dict[str, str]
    """Link → gateway of its default route."""
    lease: list[str] = field(default_factory=list)
    """The address, with prefix, that the network's DHCP server gives this host."""
    lease_gateway: str = ""
    present: list[str] = field(default_factory=list)
    """Programs and units whose mere existence is evidence; laid out as empty files."""
    guests: dict[str, str] = field(default_factory=dict)
    """Domain ID → name of each guest that runs."""

    def next_index(self) -> int:
        """An ifindex nobody has had."""
        return max(link.index for link in self.links.values()) + 1


def from_json(text: str) -> DemoState:
    """Read back what `to_json` wrote."""
    raw: dict[str, Any] = json.loads(text)
    for key, kind in (("links", DemoLink), ("bonds", DemoBond), ("bridges", DemoBridge)):
        raw[key] = {name: kind(**item) for name, item in raw[key].items()}
    return DemoState(**raw)


def to_json(state: DemoState) -> str:
    """One JSON document."""
    return json.dumps(asdict(state), indent=1)


def from_recording(text: str) -> DemoState:
    """The state a recorded machine (assets/demo/NAME/machine.json) starts in."""
    raw: dict[str, Any] = json.loads(text)
    links = {
        item["name"]: DemoLink(**{"permanent_mac": item["mac"], **item}) for item in raw["links"]
    }
    bridges = {name: DemoBridge(**item) for name, item in raw.get("bridges", {}).items()}
    link, address = raw["gateway"]["link"], raw.pop("gateway")["address"]
    raw |= {"links": links, "bonds": {}, "bridges": bridges, "gateways": {link: address}}
    return DemoState(**raw, lease=list(links[link].addresses), lease_gateway=address)


class StateFile:
    """The JSON file, shared by the screens and the detached worker."""

    def __init__(self, path: str) -> None:
        self.path = path

    def load(self) -> DemoState:
        """The state now."""
        with open(self.path, encoding="utf-8") as file:
            return from_json(file.read())

    def save(self, state: DemoState) -> None:
        """Replace it in one step, so that a reader never sees half of it."""
        new = f"{self.path}.new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(to_json(state))
        os.replace(new, self.path)

    @contextmanager
    def changing(self) -> Iterator[DemoState]:
        """Load, let the caller change it, save; one process at a time."""
        with self._locked(LOCK_EX):
            state = self.load()
            yield state
            self.save(state)

    @contextmanager
    def unchanging(self) -> Iterator[DemoState]:
        """The state, and nobody changes it or what is rendered of it; not within `changing`."""
        with self.rendered():
            yield self.load()

    @contextmanager
    def rendered(self) -> Iterator[None]:
        """Nobody changes what is rendered of it; for who does not ask for the state itself."""
        with self._locked(LOCK_SH):
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        directory = os.open(os.path.dirname(self.path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            flock(directory, how)
            yield
        finally:
            os.close(directory)

    def stamp(self) -> int:
        """Changes whenever the state does."""
        return os.stat(self.path).st_mtime_ns
