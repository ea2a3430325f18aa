"""A copy of /sys whose links are files with their targets is read as the one with links is."""

import os
from pathlib import Path

import pytest
from field_trees import HOSTS, laid_out

from xenbond_tui.cli import run
from xenbond_tui.host.sysfs import Sysfs

WITH_SYSFS = sorted(path.parents[1].name for path in HOSTS.glob("*/tree/sys"))


def seen(root: Path) -> dict[str, object]:
    sysfs = Sysfs(os.fspath(root))
    return {
        name: (
            sysfs.kind(name),
            sysfs.is_virtual(name),
            sysfs.master(name),
            sysfs.bus(name),
            sysfs.attribute(name, "address"),
            sysfs.names(f"/sys/class/net/{name}/brif"),
        )
        for name in sysfs.link_names()
    }


@pytest.mark.parametrize("host", WITH_SYSFS)
def test_it_shows_the_same_links_and_the_same_health(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a bond that is in a bridge of guests looks like one that is in none, and is healthy."""
    flat, links = HOSTS / host / "tree", laid_out(host, tmp_path)
    assert seen(flat) == seen(links) != {}
    codes, said = [], []
    for root in (flat, links):
        codes.append(run(["status", "--root", os.fspath(root)]))
        said.append(capsys.readouterr().out)
    assert codes[0] == codes[1]
    assert said[0] == said[1]


def test_a_target_does_not_lead_out_of_the_tree(tmp_path: Path) -> None:
    net = tmp_path / "tree/sys/class/net"
    net.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/address").write_text("00:00:5e:00:53:01\n")
    (net / "eth0").write_text("../../../../outside")
    sysfs = Sysfs(os.fspath(tmp_path / "tree"))
    assert sysfs.attribute("eth0", "address") is None
    assert sysfs.master("eth0") is None
