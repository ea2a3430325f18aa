"""What /etc/network/interfaces configures today as ifupdown2 reads it, said in answers."""

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.stacks.ifupdown2.stanzas import today
from xenbond_tui.value import replace


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """As ifupdown's, with the bridge's MAC where only ifupdown2 reads it.

    Raises:
        XenbondError: a file can't be read.
    """
    config = today(facts)
    answers = read_answers(config, about)
    if answers is None:
        return None
    mac = answers.bridge.mac
    for located in config.ifaces(answers.bridge.name):
        words = (located.stanza.value("hwaddress") or "").split()
        if mac == "keep" and words:
            mac = normal_mac(words[-1]) or mac
    return replace(answers, stack="ifupdown2", bridge=replace(answers.bridge, mac=mac))
