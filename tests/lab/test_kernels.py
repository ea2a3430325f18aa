"""The kernels of the lab boot on a processor with AMX and without, by the same preloaded call."""

import shutil
from pathlib import Path

import pytest

from tests.lab import kernels
from tests.lab.errors import NoLab
from tests.lab.evidence import note
from tests.lab.kernels import KERNELS, Kernel, Made
from tests.lab.prepare import probe

OLD = [row for row in KERNELS.values() if row.state_completed]


@pytest.fixture(scope="module", params=OLD, ids=str)
def old(request: pytest.FixtureRequest, lab: None) -> Made:
    row: Kernel = request.param
    return kernels.ready(row)


@pytest.fixture(scope="module")
def amx_host(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Path:
    """A stand-in for such a host, which refuses what one was seen to refuse."""
    library = tmp_path_factory.mktemp("amx") / "amx-host.so"
    compiler = next(name for name in ("cc", "gcc", "tcc") if shutil.which(name))
    kernels.build_preloaded(compiler, Path(__file__).parent / "amx-host.c", library)
    return library


def test_it_boots_where_the_state_is_small(old: Made) -> None:
    """On this machine, whichever processor it has: with the library, which is always there."""
    assert "LD_PRELOAD" in old.environment()
    probe(old)


def test_it_boots_where_the_host_wants_its_whole_state(old: Made, amx_host: Path) -> None:
    preloaded = f"{old.environment()['LD_PRELOAD']} {amx_host}"
    probe(old, {"LD_PRELOAD": preloaded})


def test_without_the_library_it_says_why_in_one_line(old: Made, amx_host: Path) -> None:
    with pytest.raises(NoLab, match=r"does not boot here .*panic.*kill init") as why:
        probe(old, {"LD_PRELOAD": str(amx_host)})
    assert "\n" not in str(why.value)
    note(f"on a host that wants its whole state, without the library: {why.value}")


def test_the_newest_needs_no_library(amx_host: Path) -> None:
    made = kernels.ready(KERNELS["7"])
    assert made.environment() == {}
    probe(made, {"LD_PRELOAD": str(amx_host)})
