"""What systemd-networkd's files are planned to be, for the tests of it."""

from dataclasses import replace

from networkd_cases import (
    ANSWERS,
    DIRECTORY,
    STATIC,
)
from proposing import plan_for, told_by

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks.networkd import Networkd

STACK = Networkd()
ETH0 = "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n"
DNS = "DNS=192.168.0.1\n"
WIRED = ETH0.replace("eth0", "en* eth*")
NO_DNS = replace(ANSWERS, bridge=replace(STATIC, dns=()))


def after(plan: Plan, before: dict[str, bytes]) -> dict[str, bytes]:
    """The tree when the plan's files are written."""
    files = {**before, **{c.path: c.after for c in plan.changes if c.after is not None}}
    return {path: data for path, data in files.items() if path not in _gone(plan)}


def _gone(plan: Plan) -> set[str]:
    return {change.path for change in plan.changes if change.after is None}


def written(facts: HostFacts, name: str, answers: Answers = ANSWERS) -> str:
    """One file under /etc/systemd/network afterwards."""
    changes = {change.path: change.after for change in plan_for(STACK, facts, answers).changes}
    text = changes[f"{DIRECTORY}/{name}"]
    assert text is not None
    return text.decode()


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    return {item.code: item.where for item in told_by(STACK, facts, answers) if item.code != "gap"}


def gap(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    return next((x.text for x in told_by(STACK, facts, answers) if x.code == "gap"), "")
