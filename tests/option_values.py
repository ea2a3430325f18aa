"""Values of every bonding option, good ones and bad ones, and what a kernel prints of them."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from xenbond_tui.options.kind import Addresses, Choice, Mac, Number, PerSlave, Slave
from xenbond_tui.options.option import Option
from xenbond_tui.options.running import rounded

ARP = {"arp_interval": "1000", "arp_ip_target": "192.0.2.1,192.0.2.9", "arp_validate": "all"}


def values(option: Option) -> tuple[str, ...]:
    """Canonical values, two or more of each option."""
    kind = option.kind
    if isinstance(kind, Choice):
        return tuple(kind.codes)
    if isinstance(kind, Number):
        delays = ("250", "100", "1000") if option.counted_in else ()
        return delays or tuple(
            str(number) for number in (max(kind.least, 1), 7, min(kind.most, 99))
        )
    if isinstance(kind, Addresses):
        hosts = ("192.0.2.1", "192.0.2.9") if kind.version == 4 else ("2001:db8::1", "fe80::9")
        return (hosts[0], ",".join(hosts))
    return {
        Slave: ("eth0", "eth1"),
        Mac: ("00:50:da:7a:51:45", "00:14:22:36:f1:fa"),
        PerSlave: ("eth0:1", "eth0:3,eth1:2"),
    }[type(kind)]


def bad_values(option: Option) -> tuple[str, ...]:
    """Values that are none, near the good ones."""
    kind = option.kind
    if isinstance(kind, Number):
        least = (str(kind.least - 1),) if kind.least else ("-1",)
        return (*least, str(kind.most + 1))
    if isinstance(kind, Choice):
        return (str(max(kind.codes.values()) + 1),)
    if isinstance(kind, Addresses):
        every = ("255.255.255.255", str(IPv4Address(0)))
        return every if kind.version == 4 else ("::", "ff02::1")
    if isinstance(kind, Mac):
        return ("00:00:00:00:00:00", "01:50:da:7a:51:45")
    if isinstance(kind, PerSlave):
        return (f"eth0:{kind.most + 1}",) if kind.most < 2**31 - 1 else ()
    return ("eth9",)


def printed(option: Option, value: str, miimon: int) -> Iterator[str]:
    """What a kernel prints of it: by sysfs, by /proc, by netlink."""
    kind = option.kind
    if isinstance(kind, Choice):
        code = kind.codes[value]
        yield from (f"{value} {code}", f"{value} ({code})", value, str(code))
    elif option.counted_in:
        yield rounded(value, miimon)
    elif isinstance(kind, Mac):
        yield from (value, value.upper())
    elif isinstance(kind, Addresses):
        yield " ".join(reversed(value.split(",")))
        yield ", ".join(value.split(","))
    elif isinstance(kind, PerSlave):
        yield " ".join((*reversed(value.split(",")), f"eth7:{kind.default}"))
    else:
        yield value
