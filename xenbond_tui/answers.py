"""What the operator chose, and the YAML file it can be kept in (design: answers file)."""

from collections.abc import Mapping

from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class BondAnswers:
    """The bond."""

    name: str = "bond0"
    slaves: tuple[str, ...] = ()
    """Names, or permanent MACs in answers files; `planner.resolve` makes them names."""
    mode: str = "active-backup"
    """Always the option's name; a number is turned into it on reading."""
    miimon: int = 100
    """ms."""
    use_carrier: bool | None = None
    """None: leave it to the kernel's default."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Further bonding options by kernel name, canonical: primary, updelay, downdelay …"""
    kept: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Only as read from a stack's files: keys of the bond that are no option which this stack can
    say, with their texts. They stay as they are."""
    left_out: frozenset[str] = field(default=frozenset(), compare=False)
    """Options, by kernel name, that an answers file does not name. They stay as they are:
    `planner.resolve` fills them in. Screens say everything and leave nothing out.
    As read from a stack's files: those that no key of them says."""
    beside: Mapping[str, tuple[str, str]] = field(default_factory=dict, compare=False)
    """Options that no key of the stack's files says (`stacks.present`): value and `path:line` of
    a command or of the module's file, which goes on saying it; "" where the bond merely runs so."""
    others: tuple[str, ...] = field(default=(), compare=False)
    """Further bonds that the files make; filled in by `planner.resolve`."""

    @property
    def every_option(self) -> dict[str, str]:
        """Mode, miimon and use_carrier too, by kernel name: all that is asked of the kernel."""
        named = {"mode": self.mode, "miimon": str(self.miimon)}
        if self.use_carrier is not None:
            named["use_carrier"] = "on" if self.use_carrier else "off"
        return {**named, **self.options}

    @property
    def in_files(self) -> dict[str, str]:
        """Those that the stack's files must say; the others are said elsewhere, and stay there."""
        return {
            name: value
            for name, value in self.every_option.items()
            if self.beside.get(name, ("", ""))[0] != value or not self.beside[name][1]
        }


@dataclass(frozen=True, slots=True)
class BridgeAnswers:
    """The bridge and the host's address on it."""

    name: str = "xenbr0"
    method: str = "static"
    """static, dhcp or none."""
    addresses: tuple[str, ...] = ()
    """With prefix: `192.168.0.222/24`. Only for static."""
    gateway: str | None = None
    dns: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    mac: str = "keep"
    """keep (as `rules.host_address.bridge_mac` decides), or a MAC."""
    mtu: int | None = None
    """Bytes; None leaves it as it is. 0 is `none` of an answers file, until it is resolved."""
    announce: bool | None = None
    """Is there a service that announces host and guests when the active slave changes
    (`rules.announcing`)? None: as it is."""
    left_out: frozenset[str] = field(default=frozenset(), compare=False)
    """Of address, gateway, dns and search, those that an answers file does not name. They stay as
    they are: `planner.resolve` fills them in."""
    by_router: bool = field(default=False, compare=False)
    """An address that was left out is what routers announce, and no other; resolved."""
    announced: bool = field(default=False, compare=False)
    """The files have the bridge, or who gives it its address, listen to routers, or ask by DHCPv6;
    as read from them, and resolved."""
    gateway_from: str = field(default="", compare=False)
    """Where a gateway that was left out comes from: `path:line`, or a route in words."""
    on_link: bool = field(default=False, compare=False)
    """The gateway is on the link itself, though no network of the bridge's addresses holds it; as
    read from the files, and resolved (`rules.left_out`)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything the operator chose. Immutable: screens replace it."""

    stack: str = "auto"
    bond: BondAnswers = field(default_factory=BondAnswers)
    bridge: BridgeAnswers = field(default_factory=BridgeAnswers)
    toolstack: str = "auto"
    """auto, xend, xl or none."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A bond under a bridge shall be as the answers say; one that stands already is changed."""

    answers: Answers


@dataclass(frozen=True, slots=True)
class Removal:
    """Bond and bridge shall go; what the bridge has is one NIC's again."""

    answers: Answers = field(default_factory=Answers)
    """What stands today, as the stack reads it. As asked for only `stack` counts: the rest is read
    by `planner.resolve`."""
    nic: str = ""
    """The slave that gets addresses, gateway and name servers; the others are left without. As
    asked for it may be a permanent MAC, or "" for the likely one."""
    bond: str = ""
    """The bond that is meant, as asked for; "" where there is one alone."""
    earlier: tuple[Mapping[str, tuple[bytes | None, bytes | None]], ...] = field(
        default=(), compare=False
    )
    """What earlier changes found in the files they changed, and left, the newest first."""
    bridged: bool = True
    """Is there a bridge that goes with it, in the files or running? Resolved."""

    @property
    def gone(self) -> tuple[str, ...]:
        """The links that go, the bridge first."""
        answers = self.answers
        return (*([answers.bridge.name] if self.bridged else []), answers.bond.name)


Request = SetUp | Removal
"""What the operator asks for; `planner.resolve` decides what it leaves open."""
