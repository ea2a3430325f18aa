"""A `netplan try` that begins during a change does not bring back what was rolled back.

`netplan try` refuses a bond with parameters, so it can begin where the change takes the bond away.
From 1.2 on `netplan generate` fails while it waits; the lab's netplan is older and is given that.
"""

from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.evidence import ANSWERS, Before, keep, network, note, until_waiting
from tests.lab.guest import Guest
from xenbond_tui.stacks.netplan.places import GENERATORS, TRY

JOURNEY = True
pytestmark = pytest.mark.long

ON_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
AS_1_2 = f"""\
for real in {" ".join(GENERATORS[:2])}; do
	[ -e $real ] || continue
	mv $real $real.real
	cat >$real <<-END
	#!/bin/bash
	[ ! -e {TRY} ] || exit 1
	exec -a "\\$0" $real.real "\\$@"
	END
	chmod 755 $real
	break
done
"""
"""As generate.py of 1.2 does."""
BEGUN = "pgrep -f '[n]etplan try' >/dev/null"


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    with Guest(stack="netplan") as booted:
        booted.sh(AS_1_2)
        booted.write("/root/answers.yaml", ANSWERS)
        keep(booted, booted.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def removing(host: Guest) -> Running:
    running = host.start("xenbond", "remove", "--yes")
    until_waiting(host, running)
    return running


def trying(host: Guest) -> Running:
    return host.start("python3", "-I", "-c", ON_A_TERMINAL, "netplan", "try", "--timeout", "600")


def test_one_that_begins_while_the_change_waits(host: Guest, before: Before) -> None:
    change = removing(host)
    tried = trying(host)
    host.wait_until(f"test -e {TRY}")
    assert host.run("netplan", "generate").rc == 1
    host.run("xenbond", "undo", "--yes").ok()
    assert change.wait().rc == 2
    assert "Configuration accepted" in tried.wait().out
    note(f"netplan try while a removal waited: {host.run('pgrep', '-fa', 'netplan').out.strip()}")
    before.is_back(host)


def test_one_whose_session_was_cut_while_the_change_waits(host: Guest, before: Before) -> None:
    change = removing(host)
    tried = trying(host)
    host.wait_until(f"test -e {TRY}")
    host.sh("pkill -9 -f '[n]etplan try --timeout'")
    tried.wait()
    host.run("xenbond", "undo", "--yes").ok()
    assert change.wait().rc == 2
    before.is_back(host)
    assert host.run("test", "-e", TRY).rc == 1


def test_one_that_begins_during_the_rollback(host: Guest, before: Before) -> None:
    change = removing(host)
    watch = host.start("python3", "-I", "/lab/inside/moment.py", "going-back")
    undo = host.start("xenbond", "undo", "--yes")
    watch.wait().ok()
    tried = trying(host)
    undo.wait().ok()
    assert change.wait().rc == 2
    # Begun once the files are back it has refused the bond by itself.
    host.wait_until(f"! {BEGUN}")
    tried.wait()
    before.is_back(host)
    assert network(host).masters["bond0"] == "xenbr0"
