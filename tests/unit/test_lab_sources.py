"""The lab's guests come from the machine's own Debian mirrors, and from nothing else it uses."""

from pathlib import Path

import pytest

from tests.lab.archive import sources, upstream
from tests.lab.cache import mounted_in
from tests.lab.errors import NoLab, NoSource


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
def test_deb822(stanza: str, lines: list[str], tmp_path: Path) -> None:
    etc = machine(tmp_path)
    (etc / "apt/sources.list.d/debian.sources").write_text(stanza)
    if lines:
        assert sources("bookworm", etc).splitlines() == lines
    else:
        with pytest.raises(NoLab, match="no source of Debian bookworm"):
            sources("bookworm", etc)


def machine(root: Path, release: str = "ID=debian\nVERSION_CODENAME=bookworm\n") -> Path:
    """A machine's /etc with the name of its release, and no source yet."""
    (root / "apt/sources.list.d").mkdir(parents=True)
    (root / "os-release").write_text(release)
    return root


def test_another_release_comes_from_the_same_mirrors(tmp_path: Path) -> None:
    etc = machine(tmp_path)
    (etc / "apt/sources.list").write_text(
        "deb http://a.example/debian bookworm main contrib\n"
        "deb http://a.example/debian bookworm-updates main\n"
        "deb [trusted=yes] http://s.example/security bookworm-security main\n"
        "deb http://tool.example/apt stable main\n"
    )
    assert sources("trixie", etc).splitlines() == [
        "deb http://a.example/debian trixie main",
        "deb http://a.example/debian trixie-updates main",
        "deb [trusted=yes] http://s.example/security trixie-security main",
    ]
    assert sources("sid", etc).splitlines() == ["deb http://a.example/debian sid main"]


def test_a_machine_that_is_no_debian_is_told_so(tmp_path: Path) -> None:
    etc = machine(tmp_path, "ID=fedora\n")
    with pytest.raises(NoLab, match="made for Debian"):
        sources("bookworm", etc)


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


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("E: Failed to fetch http://a/source/Sources  404  Not Found [IP: ::1 80]", NoSource),
        ("E: Unable to find a source package for netplan.io", NoSource),
        ("E: Could not connect to a.example:80, connection timed out", NoLab),
        ("E: The repository 'http://a trixie Release' is not signed.", NoLab),
        ("", NoLab),
    ],
)
def test_apt_that_fails_is_no_source_that_is_missing(
    said: str, kind: type[NoLab], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a mirror the corpus fails; it is left out only where the mirror has no sources."""
    program = tmp_path / "apt-get"
    program.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 100\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("tests.lab.archive.sources", lambda suite: "deb http://a trixie main\n")
    with pytest.raises(NoLab) as caught:
        upstream("trixie", tmp_path, "netplan.io")
    assert type(caught.value) is kind
