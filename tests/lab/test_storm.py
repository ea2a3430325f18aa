"""Storms on real bonds: 1,000 flaps of one slave, and 50 bonds that lose their cables together.

One guest; it is thrown away with all its links.
"""

import json

import pytest

from tests.lab.evidence import note
from tests.lab.guest import Guest

LOOK_OF_MANY, LOOK_OF_ONE = 2, 20
"""Looks a second at most, at every bond and at one."""


@pytest.mark.parametrize(
    ("storm", "most"), [("flaps", LOOK_OF_ONE), ("bonds", LOOK_OF_MANY)], ids=["flaps", "bonds"]
)
def test_the_last_state_is_never_missed(guest: Guest, storm: str, most: int) -> None:
    done = guest.run("/opt/xenbond/bin/python", "-I", "/lab/inside/storm.py", storm, timeout=300)
    found = json.loads(done.ok())
    note(
        f"storm of {storm} in {found['storm']:.1f} s: {found['looks']} looks, {found['cpu']:.2f} s "
        f"of processor in {found['seconds']:.1f} s, {found['kB']} kB more, the last state seen "
        f"{found['late']:.2f} s after it"
    )
    assert found["right"], found
    assert found["looks"] <= most * (found["seconds"] + 2), found
    assert found["kB"] < 32 * 1024, found
    assert found.get("events", 0) <= 500, found
