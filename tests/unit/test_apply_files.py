"""Single files: kept with all that matters, replaced, removed, and put back exactly."""

import os

import pytest
from fakes import tree_of

from xenbond_tui.apply import file_image
from xenbond_tui.apply.file_image import Image
from xenbond_tui.errors import XenbondError

PATH = "/etc/network/interfaces"


@pytest.fixture
def root(tmp_path: os.PathLike[str]) -> str:
    os.makedirs(f"{os.fspath(tmp_path)}/etc/network")
    return os.fspath(tmp_path)


def put(root: str, path: str, data: bytes, mode: int = 0o640) -> None:
    with open(root + path, "wb") as stream:
        stream.write(data)
    os.chmod(root + path, mode)
    os.utime(root + path, ns=(1_500_000_000_123_456_789,) * 2)


def replace_with(root: str, image: Image, data: bytes | None) -> None:
    wish = Image(image.path, image.real, data, missing=image.missing, symlink=image.symlink)
    file_image.stage(root, wish, "tag")
    file_image.commit(root, wish, "tag")


def test_content_mode_owner_times_and_attributes_come_back(root: str) -> None:
    put(root, PATH, b"old\xff\n")
    if os.geteuid() == 0:
        os.chown(root + PATH, 12, 34)
    try:
        os.setxattr(root + PATH, "user.label", b"network_conf_t")
        attributes = {"user.label": b"network_conf_t"}
    except OSError:
        attributes = {}
    before = tree_of(root)
    kept = file_image.keep(root, PATH)
    replace_with(root, kept, b"new\n")
    assert tree_of(root) != before
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before
    assert {n: os.getxattr(root + PATH, n) for n in os.listxattr(root + PATH)} == attributes


def test_removed_file_comes_back(root: str) -> None:
    put(root, PATH, b"old\n")
    before, kept = tree_of(root), file_image.keep(root, PATH)
    replace_with(root, kept, None)
    assert not os.path.lexists(root + PATH)
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before


def test_directories_made_for_a_new_file_go_with_it(root: str) -> None:
    before = tree_of(root)
    kept = file_image.keep(root, "/etc/new/deeper/file")
    assert kept.missing == ("/etc/new", "/etc/new/deeper")
    replace_with(root, kept, b"new\n")
    assert os.stat(f"{root}/etc/new/deeper").st_mode & 0o777 == 0o755
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before


def test_directory_that_someone_used_meanwhile_stays(root: str) -> None:
    kept = file_image.keep(root, "/etc/new/file")
    replace_with(root, kept, b"new\n")
    put(root, "/etc/new/theirs", b"")
    file_image.restore(root, kept, "tag")
    assert os.listdir(f"{root}/etc/new") == ["theirs"]


@pytest.mark.parametrize("target", ["/etc/real/file", "../real/file"])
def test_symbolic_link_is_followed_and_stays(root: str, target: str) -> None:
    os.mkdir(f"{root}/etc/real")
    put(root, "/etc/real/file", b"old\n")
    os.symlink(target, root + PATH)
    before, kept = tree_of(root), file_image.keep(root, PATH)
    assert (kept.real, kept.symlink) == ("/etc/real/file", target)
    replace_with(root, kept, b"new\n")
    assert os.readlink(root + PATH) == target
    with open(f"{root}/etc/real/file", "rb") as stream:
        assert stream.read() == b"new\n"
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before


def test_link_that_was_replaced_by_a_file_becomes_a_link_again(root: str) -> None:
    os.mkdir(f"{root}/etc/real")
    put(root, "/etc/real/file", b"old\n")
    os.symlink("/etc/real/file", root + PATH)
    before, kept = tree_of(root), file_image.keep(root, PATH)
    os.unlink(root + PATH)
    put(root, PATH, b"a file now\n")
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before


def test_links_of_another_tree_do_not_lead_out_of_it(root: str) -> None:
    os.makedirs(f"{root}/system/etc/real")
    put(root, "/system/etc/real/file", b"inside\n")
    os.symlink("/../../etc/real", f"{root}/system/etc/network")
    assert file_image.locate(f"{root}/system", "/etc/network/file") == ("/etc/real/file", ())


def test_what_an_interrupted_write_left_is_cleared(root: str) -> None:
    put(root, PATH, b"old\n")
    before, kept = tree_of(root), file_image.keep(root, PATH)
    file_image.stage(root, Image(PATH, kept.real, b"new\n"), "tag")
    assert len(os.listdir(f"{root}/etc/network")) == 2
    file_image.restore(root, kept, "tag")
    assert tree_of(root) == before


def directory_in_place(root: str) -> None:
    os.mkdir(root + PATH)


def dangling_link(root: str) -> None:
    os.symlink("/etc/nowhere", root + PATH)


def circular_link(root: str) -> None:
    os.symlink("interfaces", root + PATH)


def pipe(root: str) -> None:
    os.mkfifo(root + PATH)


def file_above(root: str) -> None:
    os.rmdir(f"{root}/etc/network")
    put(root, "/etc/network", b"")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (directory_in_place, "is a directory"),
        (dangling_link, "is a symbolic link to /etc/nowhere, which does not exist"),
        (circular_link, "Too many levels of symbolic links"),
        (pipe, "is no regular file"),
        (file_above, "Not a directory"),
    ],
)
def test_what_is_no_file_is_refused_by_name(root: str, spoil: object, words: str) -> None:
    spoil(root)  # type: ignore[operator]
    with pytest.raises(XenbondError) as refusal:
        file_image.keep(root, PATH)
    assert str(refusal.value).startswith(PATH)
    assert words in str(refusal.value)
    assert "nothing was written" in str(refusal.value)
