"""Detection of many links, in a network namespace of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.bench.programs import XENBOND
from tests.bench.table import Pair, Row, SkippedError

COUNTS = (2, 200, 2000)
IP = ("ip", "-j", "-d", "-s", "link")
# sysfs shows the network namespace it was mounted in: it needs a mount of its own as well.
PRIVATE = (
    *("unshare", "--map-root-user", "--net", "--mount"),
    *("sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh"),
)


class Detect:
    """`xenbond nics --json` against `ip -j -d -s link`, each a process of its own."""

    rows = tuple(Row(f"nics of {count} links", "ms", " ".join(IP)) for count in COUNTS)

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One namespace for each count, both in turn in it."""
        by_count = [_inside(count, repeats) for count in COUNTS]
        return [[pairs[index] for pairs in by_count] for index in range(repeats)]


def _inside(count: int, repeats: int) -> list[Pair]:
    argv = [*PRIVATE, sys.executable, "-m", "tests.bench.detect", str(count), str(repeats)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SkippedError(f"{error.filename} is not installed") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SkippedError(f"no private network namespace: {last}")
    return [(ours, floor) for ours, floor in json.loads(done.stdout)]


def _measure(count: int, repeats: int) -> list[Pair]:
    """Inside the namespace: make `count` links beside lo, then time both in turn."""
    pairs = count // 2
    commands = "".join(f"link add eth{n} type veth peer name sw{n}\n" for n in range(pairs))
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)
    ours = (*XENBOND, "nics", "--json")
    return [(_timed(ours), _timed(IP)) for _ in range(repeats)]


def _timed(argv: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))
