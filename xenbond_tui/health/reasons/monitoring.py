"""Would the bond notice a pulled cable, and can its slaves be told apart?"""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import option, proc


def find(state: HealthState) -> Iterator[Reason]:
    """No link monitoring; one permanent MAC on two slaves."""
    bond = state.bond
    if bond.miimon == 0 and not bond.arp_interval:
        text = "Link monitoring is off (miimon 0): a pulled cable stays unnoticed."
        evidence = option(bond.name, "miimon", 0)
        yield Reason(
            "no-link-monitoring", None, text, "Set miimon to 100.", Level.MISCONFIGURED, evidence
        )
    seen: dict[str, str] = {}
    for slave in bond.slaves:
        mac = slave.permanent_mac
        if mac is None:
            continue
        if mac in seen:
            text = f"{slave.name} has the permanent MAC of {seen[mac]}."
            advice = "Give each NIC a MAC of its own."
            evidence = proc(bond.name, f"Permanent HW addr {mac} twice")
            yield Reason(
                "same-permanent-mac", slave.name, text, advice, Level.MISCONFIGURED, evidence
            )
        seen.setdefault(mac, slave.name)
