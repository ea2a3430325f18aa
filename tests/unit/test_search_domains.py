"""What a search domain may be: names between dots, as resolv.conf(5) has them."""

import pytest
from facts_builder import make_facts

from xenbond_tui.answers import Answers, BridgeAnswers
from xenbond_tui.rules.check_bridge import check_bridge


def refused(domain: str) -> bool:
    answers = Answers(bridge=BridgeAnswers(method="dhcp", search=(domain,)))
    return "bad-search-domain" in {it.code for it in check_bridge(make_facts(), answers)}


@pytest.mark.parametrize(
    "domain", ["lan", "example.org", "example.org.", "_tcp.a-b.c", "a.-b", "1", "a" * 253]
)
def test_these_are_domains(domain: str) -> None:
    assert not refused(domain)


@pytest.mark.parametrize(
    "domain",
    ["", ".", "a..b", ".a", "a..", "-a.b", "a-.b", "a b", "a\nb", "a/b", "é.org", "a;b", "a" * 254],
)
def test_these_are_none(domain: str) -> None:
    assert refused(domain)
