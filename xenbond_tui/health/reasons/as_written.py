"""Does the bond run as its files say? If not, the next boot brings a surprise."""

from collections.abc import Iterator

from xenbond_tui.facts.bond import BondState
from xenbond_tui.health.model import HealthState, Level, Reason, Written
from xenbond_tui.options.running import canonical, running, same

_BOTH = "Set it with `xenbond setup`, so that both say the same."


def find(state: HealthState) -> Iterator[Reason]:
    """Slaves, options or a bridge that are otherwise in the files, or are not in them at all."""
    written = state.written
    if written is None:
        return
    yield from _slaves(state.bond, written)
    for option, (value, where) in (*written.options.items(), *written.unsaid.items()):
        now = running(state.bond, option)
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
    master = state.bond.master or ""
    if master in written.unjoined:
        text = f"{state.bond.name} is a port of {master}, but no file says so: gone after a boot."
        evidence = written.unjoined[master]
        yield Reason("not-in-bridge", None, text, _BOTH, Level.MISCONFIGURED, evidence)
    yield from _at_boot(state.bond, written)


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
