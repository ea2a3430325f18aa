"""Whole plans over generated files: what is about other links comes out as it went in, to the byte.

The editors' own properties are tested beside each editor; this is what an operator relies on, that
a file with anything in it leaves a change with every foreign line still there and in its order.
"""

import re
from collections.abc import Iterable, Sequence

import pytest
from facts_builder import RHEL7, make_facts
from hypothesis import given, strategies as st
from ifupdown_cases import ANSWERS, PRESENT
from proposing import plan_for

from xenbond_tui.answers import Answers
from xenbond_tui.files import modprobe
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks import Stack
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifupdown import Ifupdown
from xenbond_tui.stacks.ifupdown2 import Ifupdown2

MAIN = "/etc/network/interfaces"
SOURCED = "/etc/network/interfaces.d/more"
NS = "/etc/sysconfig/network-scripts"

blank = st.sampled_from(["\n", "  \n", "\t\n"])
comment = st.sampled_from(["# auto eth9\n", "\t# it's here\n", "#\n", "# ends in \\\n"])
option = st.sampled_from(
    [
        *("\taddress 10.0.0.5/8\n", "    netmask 255.0.0.0   \n", "\tup echo 'a  b' \\\n\t  c\n"),
        *("  \tx-odd\tvalue # no comment\n", "\tpost-up ip route add 10.1.0.0/16 dev $IFACE\n"),
        '\twpa-psk "q\'uo\\te"\n',
    ]
)


@st.composite
def foreign_stanza(draw: st.DrawFn) -> str:
    """A stanza about a link that is none of ours, and what stands around it."""
    name = f"eth{draw(st.integers(2, 9))}"
    head = draw(
        st.sampled_from(
            [
                f"auto {name}\niface {name} inet static\n",
                f"iface\t{name}  inet   manual\n",
                f"allow-hotplug {name}\niface {name} inet dhcp\n",
                f"iface {name} \\\n inet static\n",
            ]
        )
    )
    parts = draw(st.lists(st.one_of(option, comment), max_size=3))
    return "".join([draw(st.one_of(blank, comment)), head, *parts, draw(blank)])


OURS = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n\n"


@st.composite
def interfaces(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """The main file, a sourced one, and the foreign lines of both, in order."""
    above, below, more = (
        draw(st.lists(foreign_stanza(), max_size=2).map("".join)) for _ in range(3)
    )
    text = f"source {SOURCED}\n" + above + OURS + below
    foreign = [line for part in (above, below) for line in part.splitlines()]
    if draw(st.booleans()):
        text, more = text.replace("\n", "\r\n"), more.replace("\n", "\r\n")
        # With CRLF a backslash no longer ends its line: every line is one of its own.
    if draw(st.booleans()):
        text = text.rstrip("\r\n\t ")
    return text, more, foreign


def in_order(wanted: Iterable[str], among: Sequence[str]) -> str | None:
    """The first wanted line that is missing, or comes too early; None when all are there."""
    rest = iter(among)
    return next((line for line in wanted if line not in rest), None)


@pytest.mark.parametrize("stack", [Ifupdown(), Ifupdown2()], ids=lambda stack: stack.name)
@given(made=interfaces())
def test_interfaces_keeps_every_line_about_other_links(
    stack: Stack, made: tuple[str, str, list[str]]
) -> None:
    text, more, foreign = made
    facts = make_facts(files={MAIN: text, SOURCED: more}, present=PRESENT)
    # Also what the checks refuse: nothing is lost by the editing itself.
    changes = stack.set_up(facts, ANSWERS).write()
    after = {change.path: change.after or b"" for change in changes}
    # Blank space at the file's end may have been cut by the generator.
    kept = [line for line in foreign if line.strip()]
    lines = [line.rstrip("\r") for line in after[MAIN].decode().split("\n")]
    missing = in_order(kept if text.endswith("\n") else [item.rstrip() for item in kept], lines)
    if missing is not None and not text.endswith("\n"):
        missing = in_order(map(str.rstrip, kept), [line.rstrip() for line in lines])
    assert missing is None
    assert after[SOURCED].decode() == more
    bare = re.compile(rb"(?<!\r)\n")
    if "\r\n" in text:
        assert not bare.search(after[MAIN])


key = st.sampled_from(["USERCTL", "PEERNTP_X", "ETHTOOL_OPTS", "MY_KEY", "NAME", "UUID_X"])
value = st.sampled_from(['"a b"', "'x y'", "plain", "a\\ b", '"quo\\"te"', "", "v # note"])
shell_line = st.one_of(
    st.tuples(key, value).map(lambda pair: f"{pair[0]}={pair[1]}"),
    st.sampled_from(["# IPADDR=10.0.0.9", "", "  ", "# it's", "\t# tabs\t"]),
)


@given(
    st.lists(shell_line, max_size=6),
    st.lists(shell_line, max_size=4),
    st.booleans(),
)
def test_ifcfg_keeps_every_line_it_does_not_know(
    above: list[str], below: list[str], ended: bool
) -> None:
    own = "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.0.222\nPREFIX=24\n"
    text = "".join(f"{line}\n" for line in above) + own + "".join(f"{line}\n" for line in below)
    text = text if ended else text.removesuffix("\n")
    other = "\n".join(["DEVICE=eth7", *above, *below])
    facts = make_facts(
        system=RHEL7,
        files={
            "/etc/sysconfig/network": "NETWORKING=yes\n",
            f"{NS}/ifcfg-eth0": text,
            f"{NS}/ifcfg-eth7": other,
        },
        present=("/sbin/ifup", "/etc/rc.d/init.d/network", "/usr/sbin/brctl"),
    )
    plan: Plan = plan_for(
        Ifcfg(), facts, Answers(stack="ifcfg", bond=ANSWERS.bond, bridge=ANSWERS.bridge)
    )
    after = {change.path: (change.after or b"").decode() for change in plan.changes}
    assert f"{NS}/ifcfg-eth7" not in {change.path for change in plan.changed}
    # NAME and USERCTL are the scripts' own keys, which a slave's file says in its own way.
    kept = [line for line in (*above, *below) if not line.startswith(("NAME=", "USERCTL="))]
    assert in_order(kept, after[f"{NS}/ifcfg-eth0"].split("\n")) is None


directive = st.sampled_from(
    [
        *("alias eth0 e1000\n", "# options bonding mode=1\n", "options e1000  x=1\ty='2 3'\n"),
        *("options bonding mode=1 \\\n  miimon=100 \\\n max_bonds=2\n", "options bond0 mode=1\n"),
        *("options bonding use_carrier=0\tmode=4\r\n", "\tinstall x /bin/true\n", "\n", "  \t\n"),
        "options bonding mode=1 # note",
    ]
)


@given(st.lists(directive, max_size=8), st.sets(st.sampled_from(["mode", "miimon", "use_carrier"])))
def test_parameters_go_from_their_line_alone_and_the_others_keep_theirs(
    parts: list[str], names: set[str]
) -> None:
    text = "".join(parts)
    found = modprobe.parse(text.encode(), "f")
    assert modprobe.render(found).decode() == text
    for item in found:
        if item.words[:1] != ("options",) or not names:
            continue
        shortened = item.without(frozenset(names))
        (again,) = modprobe.parse(shortened.encode(), "f")[:1]
        left = {key: value for key, value in item.parameters.items() if key not in names}
        assert again.parameters == left
        assert shortened.endswith("\n") == item.text.endswith("\n")
