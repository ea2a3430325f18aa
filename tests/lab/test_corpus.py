"""Configuration files of Debian's own packages as hosts: set up, undone, removed, and judged.

Each is planned, applied, planned again, undone byte for byte, applied once more and removed, by
the commands; the stack's own program then says of both trees what it said of the host before, and
nothing worse. `make lab` has a third of them a week where they are many, `make lab-whole` all.
"""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.lab import platforms, turns
from tests.lab.corpus import packages
from tests.lab.corpus.hosts import Host, hosts
from tests.lab.corpus.judges import PROGRAMS, asked
from tests.lab.corpus.way import Done, carried_out, data
from tests.lab.errors import NoSource
from tests.lab.evidence import note

sys.path.insert(0, str(Path(__file__).parent.parent / "unit"))

from vanished import vanished

SHARES = {
    **{name: (name, 0, 1) for name in ("ifupdown", "ifupdown2", "networkmanager")},
    **{f"ifcfg-{share}": ("ifcfg", share, 2) for share in range(2)},
    **{f"netplan-{share}": ("netplan", share, 6) for share in range(6)},
    **{f"networkd-{share}": ("networkd", share, 3) for share in range(3)},
}
"""Turn → stack, which share of its hosts, of how many."""
WEEKS = 3
"""In so many `make lab` has had all of a share."""
FEW = 15
"""Hosts that are had each time: a third of them says little of the rest."""


@pytest.fixture(scope="module", params=SHARES)
def stack(request: pytest.FixtureRequest) -> str:
    """A stack, or a share of its hosts."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def every(stack: str, lab: None, tmp_path_factory: pytest.TempPathFactory) -> list[Done]:
    """What became of each host of a share that this run has."""
    name, share, shares = SHARES[stack]
    chosen = of_release(name)[share::shares]
    if turns.level() == "rest" and len(chosen) > FEW:
        chosen = chosen[turns.day() // turns.WEEK % WEEKS :: WEEKS]
    found = [carried_out(host, tmp_path_factory.mktemp("host")) for host in chosen]
    became = Counter(it.refused or "planned" for it in found)
    told = ", ".join(f"{number} {what}" for what, number in became.most_common())
    note(f"corpus: {stack} ({platforms.in_use().release}): {len(found)} hosts: {told}")
    return found


def of_release(name: str) -> list[Host]:
    release = platforms.in_use().release
    try:
        return hosts(name, packages.files(release, name))
    except NoSource as why:
        # That is no fault of this machine; that apt fails or no mirror answers is one.
        note(f"corpus: {name} is left out: {packages.OF[name]}'s source can't be had: {why}")
        pytest.skip(str(why))


def planned(every: list[Done]) -> list[Done]:
    return [it for it in every if not it.refused]


def unnamed(it: Done, line: str) -> list[str]:
    """A complaint's words without the links' names, of which the bridge may come second."""
    slaves = "|".join(it.host.slaves)
    return sorted(re.sub(rf"\b(bond77|xenbr77|{slaves})\b", "*", line).split())


def test_each_command_ends_well_and_an_undo_is_exact(every: list[Done]) -> None:
    assert [f"{it.host.name}: {fault}" for it in every for fault in it.faults] == []


def test_most_are_hosts_that_can_be_set_up(every: list[Done]) -> None:
    assert len(planned(every)) * 4 > len(every)


def test_nothing_that_a_file_says_goes_unsaid(every: list[Done]) -> None:
    gone = {}
    for it in planned(every):
        before, told = data(it.before), it.told
        gone[it.host.name, "set up"] = vanished(before, data(it.after).values(), told)
        there = {*vanished(before, data(it.after).values(), ())}
        of_removal = vanished(before, data(it.removed).values(), (*told, *it.told_of_removal))
        # What the set-up has told of is gone; the rest is there again, or named in its new place.
        gone[it.host.name, "removed"] = {
            place: words
            for place, words in of_removal.items()
            # A MAC that moved is written, and named, in small letters.
            if place not in there
            and not all(word.lower() in it.said_of_removal.lower() for word in words)
        }
    assert {name: words for name, words in gone.items() if words} == {}


def test_the_stack_s_own_program_takes_what_is_written(stack: str, every: list[Done]) -> None:
    name = SHARES[stack][0]
    hosts_of = planned(every)
    said = asked(name, [tree for it in hosts_of for tree in (it.before, it.after, it.removed)])
    clean, worse = 0, []
    for it, before, after, removed in zip(hosts_of, said[::3], said[1::3], said[2::3], strict=True):
        clean += not before.complaints
        for when, verdict in (("set up", after), ("removed", removed)):
            known = [unnamed(it, line) for line in before.complaints]
            new = [line for line in verdict.complaints if unnamed(it, line) not in known]
            worse += [f"{it.host.name}: {when}: {line}" for line in sorted(new)]
        if not before.complaints and not re.search(PROGRAMS[name].understood, after.printed):
            worse.append(f"{it.host.name}: bond and bridge are not in {after.printed[:200]!r}")
    note(f"corpus: {stack}: {len(hosts_of)} judged, {clean} without complaint from the first")
    assert worse == []
