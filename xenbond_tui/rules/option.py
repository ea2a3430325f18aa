"""What a bonding option is: its values, its modes, and how a value is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from xenbond_tui.facts.number import whole
from xenbond_tui.rules.addresses import ip_address
from xenbond_tui.rules.names import bad_link_name, normal_mac

INT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class BadValue:
    """Why a value is not one of an option's."""

    text: str
    """A sentence that follows the option's name: "takes 0 or more ms, not 'fast'"."""


@dataclass(frozen=True, slots=True)
class Option:
    """One bonding option."""

    name: str
    """The kernel's name (sysfs, module parameter)."""
    help: str
    """What it is for, in plain words."""
    default: str
    """What the kernel does when it is left out."""
    kind: str = "number"
    """number, choice, slave or ipv4s (a comma list)."""
    choices: Mapping[str, int] | None = None
    """Of a choice: name → code. Both are accepted, the name is kept."""
    least: int = 0
    most: int = INT_MAX
    unit: str = ""
    modes: tuple[str, ...] = ()
    """Modes in which it does anything; empty: all."""
    enforced: bool = False
    """The kernel itself refuses it in other modes (EACCES); otherwise it is ignored there."""
    needs_miimon: bool = False
    since: str = ""
    """First mainline release that has it; "" when older than 2.6.30. Never decide by it alone:
    distributions back-port."""
    until: str = ""
    """Last mainline release that still has a choice, in words."""
    expert: bool = False
    """Kept out of the way: it can break guests' traffic or needs knowledge of the network."""
    source: str = "bond_options.c"

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        if self.choices is not None:
            *head, last = (f"{name} ({code})" for name, code in self.choices.items())
            return f"{', '.join(head)} or {last}"
        if self.kind == "number":
            most = "" if self.most == INT_MAX else f" to {self.most}"
            start = f"{self.least}{most}" if most else f"{self.least} or more"
            return f"{start} {self.unit}".strip()
        return {
            "slave": "the name of a slave",
            "ipv4s": "up to 16 IPv4 addresses, separated by commas",
        }[self.kind]

    def parse(self, text: str) -> str | BadValue:
        """A value as it is kept: a choice by its name, a number in plain digits."""
        value = text.strip()
        parsed = _PARSERS[self.kind](self, value)
        if parsed is not None:
            return parsed
        large = self.kind == "number" and (whole(value) or 0) > self.most
        takes = f"{self.least} to {self.most} {self.unit}".strip() if large else self.allowed
        return BadValue(f"takes {takes}, not {value!r}")


def _number(option: Option, value: str) -> str | None:
    number = whole(value)
    fits = number is not None and option.least <= number <= option.most
    return str(number) if fits else None


def _choose(option: Option, value: str) -> str | None:
    for name, code in (option.choices or {}).items():
        if value.lower() in (name, str(code)):
            return name
    return None


def _slave(option: Option, value: str) -> str | None:
    return normal_mac(value) or (None if bad_link_name(value) else value)


def _ipv4s(option: Option, value: str) -> str | None:
    items = [item.strip() for item in value.split(",")]
    for item in items:
        try:
            address = ip_address(item)
        except ValueError:
            return None
        if address.version == 6 or address.is_unspecified or item == "255.255.255.255":
            return None
    return ",".join(items) if len(items) <= 16 and len(set(items)) == len(items) else None


_PARSERS = {"number": _number, "choice": _choose, "slave": _slave, "ipv4s": _ipv4s}
