"""[ipv4] and [ipv6]: addresses, gateway, name servers; read, and made to say what was answered.

Sources: nm-settings-keyfile(5), libnm-core-impl/nm-keyfile.c (`addressN=ip/prefix,gateway`, and the
older `addressesN=ip;prefix;gateway;`).
"""

import re
from collections.abc import Iterator

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import canonical, same_address
from xenbond_tui.rules.dropped import gateway_goes
from xenbond_tui.stacks.networkmanager.files import IPV6_OFF, Version, able

SECTIONS = ("ipv4", "ipv6", "proxy", "hostname")
"""What a profile says of the address; the port of a bond or bridge can't have them."""
KEYS = (
    *("zone", "metered", "secondaries", "stable-id", "mdns", "llmnr", "dns-over-tls", "dnssec"),
    *("gateway-ping-timeout", "ip-ping-timeout", "ip-ping-addresses"),
    "ip-ping-addresses-require-all",
)
"""What [connection] says of it."""
_ADDRESS = regex(r"address(?:es)?\d*")
NO_DNS = ("disabled", "ignore", "link-local")
"""With these methods a family can't have dns and dns-search: NetworkManager refuses the whole
profile (verify() in nm-setting-ip4-config.c and nm-setting-ip6-config.c)."""
GIVES = ("shared", "link-local")
"""Methods by which it gives the link an address of its own choice, or lets others have one: NAT,
DHCP and name service of `shared` begin where no address is written too (nm-settings-nmcli(5))."""
_NONE = ("0.0.0.0", "::")  # noqa: S104 - how older versions write "no gateway"


def _sections(family: int) -> str:
    return "ipv6" if family == 6 else "ipv4"


def _lines(file: IniFile, family: int) -> Iterator[Line]:
    for part in file.sections(_sections(family)):
        yield from (line for line in part.entries if _ADDRESS.fullmatch(line.key or ""))


def fields(line: Line) -> tuple[str, str | None]:
    """The address with its prefix, and the gateway behind it."""
    words = [word for word in re.split(r"[;,/\s]+", line.value) if word]
    if not words:
        return "", None
    length = words[1] if len(words) > 1 else ("128" if ":" in words[0] else "32")
    gateway = words[2] if len(words) > 2 and words[2] not in _NONE else None
    return f"{words[0]}/{length}", gateway


def cidrs(file: IniFile, family: int) -> tuple[str, ...]:
    """The static addresses."""
    return tuple(fields(line)[0] for line in _lines(file, family))


def gateway(file: IniFile, family: int) -> str | None:
    """The default route's gateway."""
    own = file.get(_sections(family), "gateway")
    if own:
        return own
    return next((gw for line in _lines(file, family) if (gw := fields(line)[1])), None)


def method(file: IniFile) -> str:
    """static, dhcp or none, by IPv4 first; without a word NetworkManager asks by DHCP."""
    said = file.get("ipv4", "method") or ("manual" if cidrs(file, 4) else "auto")
    if said == "auto":
        return "dhcp"
    return "static" if cidrs(file, 4) or cidrs(file, 6) else "none"


def _words(file: IniFile, key: str) -> tuple[str, ...]:
    found = (file.get(section, key) or "" for section in ("ipv4", "ipv6"))
    return tuple(word for text in found for word in re.split(r"[;,\s]+", text) if word)


def servers(file: IniFile) -> tuple[str, ...]:
    """Name servers, IPv4's first."""
    return tuple(dict.fromkeys(word.partition("#")[0] for word in _words(file, "dns")))


def domains(file: IniFile) -> tuple[str, ...]:
    """Search domains; those behind a ~ only choose the server."""
    found = _words(file, "dns-search")
    return tuple(dict.fromkeys(word for word in found if not word.startswith("~")))


def settle(file: IniFile, bridge: BridgeAnswers, number: Version | None) -> None:
    """Make the bridge's profile say what the answers say; what they do not speak of stays."""
    if bridge.method == "none":
        _without_address(file, number)
        return
    if bridge.method == "dhcp":
        if method(file) != "dhcp" or not file.get("ipv4", "method"):
            file.remove(*_lines(file, 4), *file.entries("ipv4", "gateway"))
            file.set("ipv4", "method", "auto")
    else:
        for family in (4, 6):
            _static(file, bridge, family, number)
    if not file.sections("ipv6"):
        file.append_section("ipv6", ("method", "auto"))
    off = [family for family in (4, 6) if file.get(_sections(family), "method") in NO_DNS]
    if servers(file) != bridge.dns or any(file.entries(_sections(it), "dns") for it in off):
        for family in (4, 6):
            own = [ip for ip in bridge.dns if (":" in ip) == (family == 6)]
            _list(file, family, "dns", [] if family in off else own)
    there = any(file.entries(_sections(it), "dns-search") for it in off)
    if domains(file) != bridge.search or there:
        routing = [word for word in _words(file, "dns-search") if word.startswith("~")]
        words = [*bridge.search, *dict.fromkeys(routing)]
        with_it = 6 if off == [4] else 4
        for family in (4, 6):
            _list(file, family, "dns-search", words if family == with_it else [])


def _static(file: IniFile, bridge: BridgeAnswers, family: int, number: Version | None) -> None:
    wanted = [item for item in bridge.addresses if (":" in item) == (family == 6)]
    now = gateway(file, family)
    way_out = bridge.gateway
    if (":" in (way_out or "")) != (family == 6):
        # The answers name one gateway, that of the other family, or that there is none.
        way_out = now if wanted and now is not None and not gateway_goes(bridge, now) else None
    section = _sections(family)
    said = file.get(section, "method")
    if family == 6 and not wanted and way_out is None:
        file.remove(*_lines(file, 6), *file.entries("ipv6", "gateway"))
        if said == "manual":
            file.set(section, "method", _off(number))
        return
    have = {canonical(item) for item in cidrs(file, family)}
    same = (now is None and way_out is None) or (
        now is not None and way_out is not None and same_address(now, way_out)
    )
    stays = have == {canonical(item) for item in wanted} and same
    if not stays:
        file.remove(*_lines(file, family), *file.entries(section, "gateway"))
        for index, item in enumerate(wanted, 1):
            suffix = f",{way_out}" if way_out is not None and index == 1 else ""
            file.set(section, f"address{index}", f"{item}{suffix}")
    if stays and said in GIVES and (wanted or bridge.by_router):
        return
    if not wanted:
        if said != "disabled":
            file.set(section, "method", "disabled")
    elif said != "manual" and not (family == 6 and said == "auto"):
        file.set(section, "method", "manual")


def _off(number: Version | None) -> str:
    """IPv6 switched off: older versions can only leave it to the kernel."""
    return "disabled" if able(number, IPV6_OFF) else "ignore"


def _without_address(file: IniFile, number: Version | None) -> None:
    for family, off in ((4, "disabled"), (6, _off(number))):
        section = _sections(family)
        routes = (
            line
            for part in file.sections(section)
            for line in part.entries
            if re.match(r"rout(e|ing-rule)\d", line.key or "")
        )
        file.remove(
            *_lines(file, family),
            *file.entries(section, "gateway", "dns", "dns-search"),
            *routes,
        )
        file.set(section, "method", off)


def _list(file: IniFile, family: int, key: str, wanted: list[str]) -> None:
    section = _sections(family)
    lines = file.entries(section, key)
    if not wanted:
        file.remove(*lines)
    else:
        file.set(section, key, "".join(f"{item};" for item in wanted))
