"""Which guest is behind which port of the bridge, asked of Xen's toolstack where there is one."""

from collections.abc import Iterable

from xenbond_tui.machine import Machine
from xenbond_tui.regex import regex

_PORT = regex(r"(?:vif|tap)(?P<vif>(?P<domain>\d+)\.\d+)(?:-emu)?")
"""vifDOMID.NUMBER, and tap… or vif…-emu of guests with emulated NICs (xl-network-configuration)."""
_ROW = regex(r"(\S.*?)\s+(\d+)\s+\d+\s+\d+\s+\S+\s+[\d.]+")
"""Name, domain ID, memory, VCPUs, state, seconds: `xl list`, and `xm list` before it."""


def domain_of(port: str) -> int | None:
    """The number of the guest behind a port, by its name; None for a port that is no guest's."""
    match = _PORT.fullmatch(port)
    return int(match["domain"]) if match else None


def vif_of(port: str) -> str | None:
    """`vif1.0` for vif1.0, vif1.0-emu and tap1.0; None for a port that is no guest's."""
    match = _PORT.fullmatch(port)
    return f"vif{match['vif']}" if match else None


def guest_names(machine: Machine, ports: Iterable[str]) -> dict[str, str]:
    """Port → its guest's name; ports of nobody known are left out."""
    domains = {port: number for port in ports if (number := domain_of(port)) is not None}
    if not domains:
        return {}
    for tool in ("xl", "xm"):
        done = machine.runner.run((tool, "list"), timeout=5.0)
        if done.returncode == 0:
            names = dict(_rows(done.stdout))
            return {port: names[number] for port, number in domains.items() if number in names}
    return {}


def _rows(text: str) -> Iterable[tuple[int, str]]:
    for line in text.splitlines():
        match = _ROW.fullmatch(line.strip())
        if match is not None:
            yield int(match[2]), match[1]
