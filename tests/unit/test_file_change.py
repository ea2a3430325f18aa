"""One file before and after: what counts as a change, and how it is shown."""

import pytest

from xenbond_tui.facts.file_state import FileState
from xenbond_tui.plan.file_change import FileChange

A, B = b"a\n", b"b\n"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (FileChange("/etc/f", None, None), "unchanged"),
        (FileChange("/etc/f", None, A), "new"),
        (FileChange("/etc/f", A, None), "removed"),
        (FileChange("/etc/f", A, B), "changed"),
        (FileChange("/etc/f", A, A), "unchanged"),
        (FileChange("/etc/f", A, A, 0o600, 0o600), "unchanged"),
        (FileChange("/etc/f", A, A, 0o600, 0o644), "changed"),
        (FileChange("/etc/f", A, B, 0o600, 0o600), "changed"),
        (FileChange("/etc/f", b"", b""), "unchanged"),
        (FileChange("/etc/f", None, b""), "new"),
        (FileChange("/etc/f", b"", None), "removed"),
    ],
)
def test_content_and_mode_decide_the_status(change: FileChange, status: str) -> None:
    assert change.status == status


def test_a_changed_mode_alone_is_shown() -> None:
    change = FileChange("/etc/f", A, A, 0o600, 0o644)
    assert change.diff() == "old mode 0644\nnew mode 0600\n"
    assert change.counts() == (0, 0)


def test_an_unchanged_file_has_no_diff() -> None:
    assert FileChange("/etc/f", A, A, 0o600, 0o600).diff() == ""


def test_a_new_and_a_removed_file_are_shown_whole() -> None:
    assert FileChange("/etc/f", None, A, 0o640).diff() == (
        "new file mode 0640\n--- /dev/null\n+++ /etc/f\n@@ -0,0 +1 @@\n+a\n"
    )
    assert FileChange("/etc/f", A, None).diff() == (
        "deleted file\n--- /etc/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    )


def test_added_and_removed_lines_are_counted_without_the_head() -> None:
    change = FileChange("/etc/f", b"a\nb\n", b"a\nc\nd\n")
    assert change.counts() == (2, 1)
    assert FileChange("/etc/f", b"a", b"a\n").diff().count("\\ No newline at end of file\n") == 1


def test_a_password_is_not_shown() -> None:
    path = "/etc/NetworkManager/system-connections/a.nmconnection"
    change = FileChange(path, None, b"[802-1x]\npassword=topsecret\n", 0o600)
    assert change.masked
    assert "topsecret" not in change.diff()
    assert "topsecret" not in (change.shown_after() or "")
    assert not FileChange(path, None, b"[connection]\nid=a\n").masked
    assert FileChange(path, A, None).shown_after() is None


@pytest.mark.parametrize(
    ("now", "most", "mode"),
    [
        (None, None, 0o644),
        (None, 0o600, 0o600),
        (0o640, None, 0o640),
        # netplan's files hold passwords: what others may do with one is taken away ...
        (0o640, 0o600, 0o600),
        (0o755, 0o600, 0o600),
        (0o600, 0o600, 0o600),
        # ... and nothing is given that it had not.
        (0o400, 0o600, 0o400),
    ],
)
def test_a_file_keeps_its_mode_unless_that_is_too_much(
    now: int | None, most: int | None, mode: int
) -> None:
    state = None if now is None else FileState("/etc/f", A, now)
    change = FileChange.of("/etc/f", state, B, "why", most)
    assert (change.mode, change.before_mode, change.why) == (mode, now, "why")
    assert (change.before, change.after) == (None if now is None else A, B)


def test_a_changed_mode_is_shown_above_the_changed_lines() -> None:
    assert FileChange("/etc/f", A, B, 0o600, 0o644).diff() == (
        "old mode 0644\nnew mode 0600\n--- /etc/f\n+++ /etc/f\n@@ -1 +1 @@\n-a\n+b\n"
    )


def test_a_link_is_shown_as_one_with_where_it_leads() -> None:
    made = FileChange.of_link("/etc/l", None, "/lib/f", "why")
    assert (made.status, made.is_link, made.why) == ("new", True, "why")
    assert made.diff() == "new symbolic link\n--- /dev/null\n+++ /etc/l\n@@ -0,0 +1 @@\n+/lib/f\n"
    gone = FileChange.of_link("/etc/l", "/lib/f", None)
    assert (gone.status, gone.is_link) == ("removed", True)
    assert gone.diff() == (
        "deleted symbolic link\n--- /etc/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-/lib/f\n"
    )
    assert FileChange.of_link("/etc/l", "/lib/f", "/lib/f").status == "unchanged"
    assert not FileChange("/etc/f", A, B, 0o644, 0o644).is_link


def test_a_secret_in_the_file_that_was_there_is_masked_too() -> None:
    path = "/etc/NetworkManager/system-connections/a.nmconnection"
    change = FileChange(path, b"[802-1x]\npassword=topsecret\n", None, 0o600, 0o600)
    assert change.masked
    assert "topsecret" not in change.diff()
