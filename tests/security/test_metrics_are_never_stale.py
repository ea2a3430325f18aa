"""The file for node_exporter: whatever goes wrong, what was true before does not look true now."""

from pathlib import Path

import pytest

from tests.security.hostile_sources import bond
from xenbond_tui import cli
from xenbond_tui.apply import durable
from xenbond_tui.commands import metrics
from xenbond_tui.errors import XenbondError

OLD = 'xenbond_bond_up{bond="bond0"} 1\n'


@pytest.fixture
def output(tmp_path: Path) -> Path:
    path = tmp_path / "out/xenbond.prom"
    path.parent.mkdir()
    path.write_text(OLD)
    return path


def written(tmp_path: Path, output: Path) -> int:
    return cli.run(["metrics", "--root", str(tmp_path / "tree"), "--output", str(output)])


def test_a_good_one_says_so(tmp_path: Path, output: Path) -> None:
    bond(tmp_path / "tree")
    assert written(tmp_path, output) == 0
    assert "xenbond_read_ok 1\n" in output.read_text()


def test_raw_bytes_in_a_name_are_no_reason_to_keep_the_old_one(
    tmp_path: Path, output: Path
) -> None:
    bond(tmp_path / "tree", called='eth\x1b"\\\udcff')
    assert written(tmp_path, output) == 0
    # As it is shown anywhere, and its backslashes and quotes as Prometheus wants them.
    assert r'bond="eth\\x1b\"\\\\xff"' in output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fault", [XenbondError("not permitted"), ValueError("ours"), OSError(5, "x")]
)
def test_bonds_that_cannot_be_read(
    fault: Exception, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(metrics, "look", broken)
    (tmp_path / "tree").mkdir()
    assert written(tmp_path, output) == 2
    lines = output.read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["xenbond_read_ok 0"]


def test_a_disk_that_is_full(
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    bond(tmp_path / "tree")
    monkeypatch.setattr(durable, "replace", full)
    assert written(tmp_path, output) == 2
    assert not output.exists()
    assert "what was there before is old, and was removed" in capsys.readouterr().err
