"""The lab's guest is made from the machine's own Debian mirrors, and from nothing else it uses."""

from pathlib import Path

import pytest

from tests.lab.rootfs import _one_line, mounted_in

SUITES = {"bookworm", "bookworm-updates", "bookworm-security"}


@pytest.mark.parametrize(
    ("stanza", "lines"),
    [
        (
            "Types: deb deb-src\n"
            "# a comment\n"
            "URIs: http://mirror.example/debian\n"
            "Suites: bookworm bookworm-updates\n"
            "Components: main contrib\n"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
            [
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
                f"http://mirror.example/debian {suite} main"
                for suite in ("bookworm", "bookworm-updates")
            ],
        ),
        (
            "types: deb\nuris: http://a.example/\n http://b.example/\nsuites: bookworm\n"
            "components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n",
            ["deb http://a.example/ bookworm main", "deb http://b.example/ bookworm main"],
        ),
        ("Types: deb\nURIs: http://a/\nSuites: nodistro\nComponents: main\n", []),
        ("Types: deb\nURIs: http://a/\nSuites: bookworm-pgdg\nComponents: main\n", []),
        ("Types: deb-src\nURIs: http://a/\nSuites: bookworm\nComponents: main\n", []),
        ("Types: deb\nURIs: http://a/\nSuites: bookworm\nComponents: main\nEnabled: no\n", []),
        ("", []),
    ],
    ids=["debian", "folded", "other-distribution", "a-tool's-own", "sources", "disabled", "empty"],
)
def test_deb822(stanza: str, lines: list[str]) -> None:
    assert _one_line(stanza, SUITES) == lines


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/x/.lab/root-1", "/x/.lab/root-1/proc"),
        ("/x/.lab/root-1/proc", "/x/.lab/root-1/proc"),
        ("/x/.lab/root", None),
        ("/x/.lab/root-2", None),
    ],
)
def test_a_mount_in_a_folder_is_found_before_it_is_deleted(folder: str, found: str | None) -> None:
    mounts = "proc /proc proc rw 0 0\nproc /x/.lab/root-1/proc proc ro 0 0\n"
    assert mounted_in(Path(folder), mounts) == found
