"""What each kind of host answers to the questions that are asked of it."""

import pytest

from xenbond_tui.facts.access import Access, HostKind, parse_access

LIVE, TREE, DEMO = Access(), Access(HostKind.TREE, "/mnt"), Access(HostKind.DEMO, "/tmp/a:b")


@pytest.mark.parametrize(
    ("access", "this_host", "other_tree", "running"),
    [(LIVE, True, False, True), (TREE, False, True, False), (DEMO, False, False, True)],
    ids=("live", "tree", "demo"),
)
def test_a_host_answers_by_its_kind(
    access: Access, this_host: bool, other_tree: bool, running: bool
) -> None:
    assert (access.this_host, access.other_tree) == (this_host, other_tree)
    assert (access.can_activate, access.knows_running) == (running, running)


@pytest.mark.parametrize("access", [LIVE, TREE, DEMO], ids=("live", "tree", "demo"))
def test_another_process_opens_the_same_host(access: Access) -> None:
    assert parse_access(access.spec) == access


@pytest.mark.parametrize("spec", ["", "live:/mnt", "root", "root:", "demo:", "fake:/tmp", "/mnt"])
def test_what_names_no_host_is_none(spec: str) -> None:
    assert parse_access(spec) is None
