"""Does the bond run as its files say? If not, the next boot brings a surprise."""

from collections.abc import Iterator

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.number import whole
from xenbond_tui.health.model import HealthState, Level, Reason, Written

_NUMBERS = {"off": "0", "on": "1"}
_DELAYS = ("updelay", "downdelay", "peer_notif_delay")


def find(state: HealthState) -> Iterator[Reason]:
    """Slaves that are configured and absent, or the other way round; options that differ."""
    written = state.written
    if written is None:
        return
    yield from _slaves(state.bond, written)
    for option, (value, where) in written.options.items():
        running = _running(state.bond, option)
        if running is None or _same(running, _rounded(state.bond, option, value)):
            continue
        text = f"{state.bond.name} runs with {option} {running.split()[0]}; {where} says {value}."
        advice = "Set it with `xenbond setup`, so that both say the same."
        evidence = f"{where}: {option} {value}"
        yield Reason("option-differs", None, text, advice, Level.MISCONFIGURED, evidence)


def _slaves(bond: BondState, written: Written) -> Iterator[Reason]:
    running = {slave.name for slave in bond.slaves}
    for name, where in written.slaves.items():
        if name not in running:
            text = f"{name} is not a slave of {bond.name}, although {where} says so."
            advice = f"See whether {name} is there (`xenbond nics`), and bring it up again."
            yield Reason("slave-absent", name, text, advice, Level.MISCONFIGURED, where)
    if not written.slaves:
        return
    for name in sorted(running - set(written.slaves)):
        text = f"{name} is a slave of {bond.name}, but no file says so: gone after a boot."
        advice = "Set it with `xenbond setup`, so that both say the same."
        evidence = next(iter(written.slaves.values()))
        yield Reason("slave-not-configured", name, text, advice, Level.MISCONFIGURED, evidence)


def _running(bond: BondState, option: str) -> str | None:
    printed = bond.options.get(option)
    if printed is not None:
        return printed or None
    value = getattr(bond, option, None)
    return None if value is None else str(value)


def _rounded(bond: BondState, option: str, value: str) -> str:
    """Delays count in miimon: the kernel rounds down (bond_option_updelay_set and others)."""
    delay = whole(value)
    if option not in _DELAYS or delay is None or not bond.miimon:
        return value
    return str(delay // bond.miimon * bond.miimon)


def _same(running: str, written: str) -> bool:
    """Sysfs prints a name with its code (`active-backup 1`), and lists with spaces."""
    want = _NUMBERS.get(written, written).lower()
    have = [_NUMBERS.get(word, word).lower() for word in running.split()]
    return want in have or set(want.replace(",", " ").split()) == set(have)
