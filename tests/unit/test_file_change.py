"""One file before and after: what counts as a change, and how it is shown."""

import pytest

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
