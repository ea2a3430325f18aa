"""Does the bond run as its files say? If not, the next boot brings a surprise."""

from collections.abc import Iterator

from xenbond_tui.facts.bond import BondState
from xenbond_tui.health.model import HealthState, Level, Reason, Written
from xenbond_tui.options.running import canonical, running, same
from xenbond_tui.options.table import OPTIONS

ETH_DATA_LEN = 1500
"""What a bond begins with (bond_setup(), ether_setup())."""
_DECIDES = frozenset({"mode", "miimon", "arp_interval", "primary"})
"""What is compared in every mode."""
_BOTH = "Set it with `xenbond setup`, so that both say the same."


def find(state: HealthState) -> Iterator[Reason]:
    """Slaves, options or a bridge that are otherwise in the files, or are not in them at all."""
    written = state.written
    if written is None:
        return
    yield from _slaves(state.bond, written)
    for option, (value, where) in (*written.options.items(), *written.unsaid.items()):
        now = running(state.bond, option)
        if option not in written.options and _by_itself(state.bond, option, now):
            continue
        if now is None or same(option, now, value, state.bond.miimon):
            continue
        text = f"{state.bond.name} runs with {option} {canonical(option, now)}"
        if option in written.options:
            text, evidence = f"{text}; {where} says {value}.", f"{where}: {option} {value}"
        else:
            text = f"{text}, but no file says so: {value} after a boot."
            evidence = f"{where}: no {option}"
        yield Reason("option-differs", None, text, _BOTH, Level.MISCONFIGURED, evidence)
    for link, (bytes_, where) in written.mtu.items():
        now_mtu = state.mtu.get(link)
        if now_mtu is not None and now_mtu != int(bytes_):
            text = f"{link} runs with an MTU of {now_mtu}; {where} says {bytes_}."
            evidence = f"{where}: mtu {bytes_}"
            yield Reason("option-differs", None, text, _BOTH, Level.MISCONFIGURED, evidence)
    yield from _without_mtu(state, written)
    master = state.bond.master or ""
    if master in written.unjoined:
        text = f"{state.bond.name} is a port of {master}, but no file says so: gone after a boot."
        evidence = written.unjoined[master]
        yield Reason("not-in-bridge", None, text, _BOTH, Level.MISCONFIGURED, evidence)
    yield from _at_boot(state.bond, written)


def _by_itself(bond: BondState, option: str, now: str | None) -> bool:
    """May the kernel have set it: of another mode, or by the slaves and the order of things?

    fail_over_mac is active where the first slave keeps its MAC (bond_enslave()). tlb_dynamic_lb is
    off in a bond that got its mode after it was made, before Linux 5.1 (bond_check_params()).
    """
    modes = OPTIONS[option].modes
    if option == "tlb_dynamic_lb" or (modes and bond.mode not in modes):
        return option not in _DECIDES
    return option == "fail_over_mac" and now is not None and now.split()[:1] == ["active"]


def _without_mtu(state: HealthState, written: Written) -> Iterator[Reason]:
    """A bond has 1500 bytes until somebody gives it more; a bridge the least of its ports."""
    for link, where in written.without_mtu.items():
        now, usual = state.mtu.get(link), ETH_DATA_LEN
        if link != state.bond.name:
            ports = state.bridge.ports if state.bridge is not None else ()
            sizes = [state.mtu.get(port.name) for port in ports]
            known = [it for it in sizes if it is not None]
            if state.bridge is None or link != state.bridge.name or len(known) < len(sizes):
                continue
            usual = min(known, default=ETH_DATA_LEN)
        if now is not None and now != usual:
            text = f"{link} runs with an MTU of {now}, but no file says so: {usual} after a boot."
            evidence = f"{where}: no mtu"
            yield Reason("option-differs", None, text, _BOTH, Level.MISCONFIGURED, evidence)


def _at_boot(bond: BondState, written: Written) -> Iterator[Reason]:
    enslaved = {slave.name for slave in bond.slaves}
    for name, evidence in written.stays_down.items():
        text = f"{name} runs, but a boot does not bring it up."
        slave = name if name in enslaved else None
        yield Reason("not-at-boot", slave, text, _BOTH, Level.MISCONFIGURED, evidence)
    for name, evidence in written.addressed.items():
        if name in enslaved:
            text = f"{name} is a slave, and a boot gives it an address: answers to it go astray."
            advice = f"Take the address of {name} out of its stanza."
            yield Reason("address-below-bridge", name, text, advice, Level.MISCONFIGURED, evidence)


def _slaves(bond: BondState, written: Written) -> Iterator[Reason]:
    enslaved = {slave.name for slave in bond.slaves}
    for name, where in written.slaves.items():
        if name not in enslaved:
            text = f"{name} is not a slave of {bond.name}, although {where} says so."
            advice = f"See whether {name} is there (`xenbond nics`), and bring it up again."
            yield Reason("slave-absent", name, text, advice, Level.MISCONFIGURED, where)
    if not written.slaves:
        return
    for name in sorted(enslaved - set(written.slaves)):
        text = f"{name} is a slave of {bond.name}, but no file says so: gone after a boot."
        evidence = next(iter(written.slaves.values()))
        yield Reason("slave-not-configured", name, text, _BOTH, Level.MISCONFIGURED, evidence)
