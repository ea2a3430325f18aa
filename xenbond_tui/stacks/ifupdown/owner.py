"""Whose /etc/network/interfaces is it: what speaks for ifupdown, or for what took its place."""

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.rules import units
from xenbond_tui.stacks.ifupdown.address import words_of
from xenbond_tui.stacks.ifupdown.files import Configuration, today
from xenbond_tui.stacks.ifupdown.places import IFUP, MAIN, NETPLAN, RIVALS, SERVICE


def evidence(facts: HostFacts, stack: str, program: str) -> Evidence | None:
    """Strong when the file configures real links; weak, or none, when it has only lo.

    Args:
        facts: the host.
        stack: the stack's name.
        program: what is installed as ifup, in words.
    """
    ifup = any(path in facts.present for path in IFUP)
    rivals = [name for unit, name in RIVALS.items() if units.started_by(facts, unit)]
    rivals += ["netplan"] if NETPLAN in facts.present else []
    enabled = units.started_by(facts, SERVICE)
    config, why = None, ""
    try:
        config = today(facts)
    except XenbondError as error:
        # The stack's check refuses the file by name; what it configures is not known until then.
        why = str(error)
    names = [] if config is None else [name for name in config.names() if name != "lo"]
    # A file that can't be read may configure anything; whoever opens it says which it is.
    if not names and (rivals or (config is not None and not ifup)):
        return None
    said = why or f"{MAIN} configures {', '.join(names) or 'no link but lo'}"
    weight = 60 if names else 5
    if ifup:
        said += f"; {program} is installed"
        weight += 15
    if enabled:
        said += f"; {SERVICE} is enabled"
        weight += 15
    if rivals:
        said += f"; but {' and '.join(rivals)} is there too"
        weight -= 25
    # In a copy of /etc nobody could look for the program; a service that starts it tells enough.
    acts = config is not None and facts.may_have(*IFUP) and enabled is not None
    return Evidence(stack, said, weight, _held(config) if acts and config else ())


def _held(config: Configuration) -> tuple[str, ...]:
    """The links a boot sets up: brought up by an `auto` line, or for a bond or bridge."""
    brought_up = config.brought_up()
    held = []
    for located in config.ifaces():
        name = (located.stanza.arguments or [""])[0]
        if name == "lo" or not brought_up(name):
            continue
        held += [name, *words_of((located,), "bond-slaves", "slaves", "bridge-ports")]
    return tuple(dict.fromkeys(held))
