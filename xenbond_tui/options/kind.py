"""The kinds of values a bonding option can have: what is accepted, and how texts compare.

`read` takes what an operator or a file says and gives the canonical value, or None where it is
none; `allowed` says what is one. `key` takes that or what the kernel prints (sysfs `active-backup
1`, /proc `layer2 (0)`, netlink `1`) and gives what can be compared with ==, or None where it
understands nothing. What is `clearable` may be empty: no slave, no address; the kernel then prints
an empty line.
"""

from collections.abc import Hashable, Mapping

from xenbond_tui.facts.names import bad_link_name, bad_mac, normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.value import dataclass, field

INT_MAX = 2**31 - 1
NOTHING = ("", "none")
"""How no slave and an empty list are written."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    least: int = 0
    most: int = INT_MAX
    unit: str = ""
    """ms, s or nothing."""
    clearable: bool = False

    @property
    def allowed(self) -> str:
        """`0 to 255`, `0 or more ms`."""
        most = f"to {self.most}" if self.most != INT_MAX else "or more"
        return f"{self.least} {most} {self.unit}".strip()

    def read(self, text: str) -> str | None:
        """Plain digits."""
        number = whole(text)
        fits = number is not None and self.least <= number <= self.most
        return str(number) if fits else None

    def key(self, text: str) -> Hashable | None:
        """The number."""
        return whole(text.strip())


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names, each with the kernel's code. Both are accepted, the name is kept."""

    codes: Mapping[str, int]
    newer: Mapping[str, str] = field(default_factory=dict)
    """Names that came after the option: the first mainline release."""
    clearable: bool = False

    @property
    def allowed(self) -> str:
        """`slow (0) or fast (1)`."""
        *head, last = (f"{name} ({code})" for name, code in self.codes.items())
        return f"{', '.join(head)} or {last}"

    def read(self, text: str) -> str | None:
        """The name of a name or code."""
        wanted = text.lower()
        return next((n for n, code in self.codes.items() if wanted in (n, str(code))), None)

    def key(self, text: str) -> Hashable | None:
        """The name; the kernel prints the code behind it, bare or in brackets."""
        return self.read(text.split()[0]) if text.split() else None


@dataclass(frozen=True, slots=True)
class Switch(Choice):
    """Off or on. Files and old kernels have numbers for it, or other words (`stacks.dialect`)."""

    codes: Mapping[str, int] = field(default_factory=lambda: {"off": 0, "on": 1})


@dataclass(frozen=True, slots=True)
class Slave:
    """One slave, by name; by permanent MAC in answers files."""

    clearable: bool = True
    allowed: str = "the name of a slave"

    def read(self, text: str) -> str | None:
        """A name or MAC that a link can have."""
        return normal_mac(text) or (None if bad_link_name(text) else text)

    def key(self, text: str) -> Hashable | None:
        """The name; "" for none, which /proc prints as None."""
        name = text.strip()
        return "" if name.lower() in NOTHING else name


@dataclass(frozen=True, slots=True)
class Addresses:
    """Up to 16 addresses of hosts, in any order."""

    version: int = 4
    clearable: bool = True

    @property
    def allowed(self) -> str:
        """In words."""
        return f"up to 16 IPv{self.version} addresses, separated by commas"

    def read(self, text: str) -> str | None:
        """Each as it is written, one comma between them."""
        items = [item.strip() for item in text.split(",")]
        keys = {self._address(item) for item in items}
        fits = None not in keys and len(items) <= 16 and len(keys) == len(items)
        return ",".join(items) if fits else None

    def key(self, text: str) -> Hashable | None:
        """The set of them; sysfs has blanks between them, BONDING_OPTS may have a + before each."""
        if text.strip().lower() in NOTHING:
            return frozenset()
        items = text.replace(",", " ").split()
        keys = frozenset(self._address(item.removeprefix("+")) for item in items)
        return None if None in keys else keys

    def _address(self, text: str) -> str | None:
        # Only now: a look at a bond without such an option needs none of it.
        from ipaddress import ip_address

        try:
            address = ip_address(text)
        except ValueError:
            return None
        # bond_is_ip_target_ok() and bond_is_ip6_target_ok() in bonding.h. Of IPv6, Linux 5.18
        # alone refuses link-local ones as well (bond_changelink() in bond_netlink.c).
        unfit = address.is_unspecified or text == "255.255.255.255" or "%" in text
        beyond = self.version == 6 and address.is_multicast
        if address.version != self.version or unfit or beyond:
            return None
        return str(address)


@dataclass(frozen=True, slots=True)
class Mac:
    """A MAC that a link can have."""

    clearable: bool = False
    allowed: str = "the MAC of one link, such as 00:50:da:7a:51:45"

    def read(self, text: str) -> str | None:
        """Lower case, with colons."""
        return None if bad_mac(text) else normal_mac(text)

    def key(self, text: str) -> Hashable | None:
        """The same; zeros, which the kernel prints for none, are one too."""
        return normal_mac(text)


@dataclass(frozen=True, slots=True)
class PerSlave:
    """A number for some of the slaves: `eth0:1,eth1:2`. Who is not named has `default`."""

    least: int = 0
    most: int = INT_MAX
    default: int = 0
    clearable: bool = True

    @property
    def allowed(self) -> str:
        """In words."""
        return f"{self.least} to {self.most} for each of some slaves: eth0:1,eth1:2"

    def pairs(self, text: str) -> dict[str, int] | None:
        """Slave → number; None where a part is none."""
        found: dict[str, int] = {}
        if text.strip().lower() in NOTHING:
            return found
        for item in text.replace(",", " ").split():
            name, _, digits = item.rpartition(":")
            number = whole(digits.removeprefix("-"))
            if number is None or Slave().read(name) is None or name in found:
                return None
            found[name] = -number if digits.startswith("-") else number
        return found

    def read(self, text: str) -> str | None:
        """As the kernel prints it, with commas."""
        pairs = self.pairs(text)
        if not pairs or not all(self.least <= number <= self.most for number in pairs.values()):
            return None
        return ",".join(f"{name}:{number}" for name, number in pairs.items())

    def key(self, text: str) -> Hashable | None:
        """Those that have another number than the others."""
        pairs = self.pairs(text)
        if pairs is None:
            return None
        return frozenset(item for item in pairs.items() if item[1] != self.default)


Kind = Number | Choice | Slave | Addresses | Mac | PerSlave
