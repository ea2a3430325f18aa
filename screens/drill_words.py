"""What a drill does, in the operator's words. Pure."""

from xenbond_tui.drill.model import How
from xenbond_tui.drill.refusals import refusal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.verdict import judge

WAYS = {
    How.PULL: "Pull the cables",
    How.SWITCH: "Switch the active slave",
    How.LINK_DOWN: "Set each slave down",
}
DOES = {
    How.PULL: "You pull the cable of each slave and put it back when you are told to. Only this "
    "tests cables, switch ports and carrier too; somebody must stand at the host.",
    How.SWITCH: "Another slave is made the active one, and back. No link goes down; it shows that "
    "each slave carries, not that a dead link is noticed.",
    How.LINK_DOWN: "Each slave is set down and up again. Nobody need be there; it tests all but "
    "the cable and the carrier.",
}
_WAY_BACK = {
    How.PULL: "If nothing answers for 5 s you are told to put the cable back: do that at once.",
    How.SWITCH: "If nothing answers for 5 s, everything is put back at once.",
    How.LINK_DOWN: "If nothing answers for 5 s, everything is put back at once.",
}


def refused(state: HealthState | None, how: How) -> str:
    """Why it can't be done that way now; "" when it can."""
    if state is None:
        return "There is no such bond now."
    why = refusal(state, judge(state), how) or ""
    return why.removesuffix(" Nothing was done.")


def session_words(facts: HostFacts | None, state: HealthState, how: How) -> str:
    """What will happen to the operator's own session."""
    bond = state.bond
    session = facts.session if facts is not None else None
    if session is None:
        return f"You are not logged in over the network. {_WAY_BACK[how]}"
    mine = {state.behind, bond.name, *(slave.name for slave in bond.slaves)}
    if session.link not in mine and session.nic not in mine:
        where = session.link or session.local
        return f"You come in over {where}, which the drill does not touch. {_WAY_BACK[how]}"
    notices = ((bond.miimon or 0) + (bond.downdelay or 0)) / 1000
    halt = f"about {max(0.1, notices):.1f} s" if how is not How.SWITCH else "a few ms"
    return (
        f"You come in over {state.behind}: your session may halt for {halt} at each turn, and goes "
        f"on. Should it die, the drill ends by itself and puts everything back. {_WAY_BACK[how]}"
    )


def probed(state: HealthState) -> str:
    """What is asked all the while."""
    ip = next((ip for ip, link in state.gateways if link == state.behind), None)
    if ip is None:
        return (
            f"There is no gateway behind {state.behind} to ask. From a shell: xenbond drill "
            f"{state.bond.name} --probe ADDRESS"
        )
    return f"The gateway {ip} is asked every 20 ms meanwhile; what is lost is the outage."
