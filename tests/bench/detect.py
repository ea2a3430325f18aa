"""Detection of many links, in a network namespace of its own."""

import json
import subprocess
import sys
from collections.abc import Sequence

from tests.bench.programs import XENBOND, took, took_inside
from tests.bench.table import Pair, Row, SkippedError

GOALS = {2: 30, 200: 15, 2000: 5}
"""Links → how many times as long as `ip` it may take."""
IP = ("ip", "-j", "-d", "-s", "link")
# sysfs shows the network namespace it was mounted in: it needs a mount of its own as well.
PRIVATE = (
    *("unshare", "--map-root-user", "--net", "--mount"),
    *("sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh"),
)


class Detect:
    """`xenbond nics --json` against `ip -j -d -s link`, each a process of its own."""

    rows = tuple(
        row
        for count, goal in GOALS.items()
        for row in (
            Row(f"nics of {count} links", "ms", " ".join(IP), f"<= {goal}x"),
            Row("  in process, the second time", "ms", " ".join(IP)),
        )
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """One namespace for each count, both in turn in it."""
        by_count = [_inside(count, repeats) for count in GOALS]
        return [[pair for pairs in by_count for pair in pairs[index]] for index in range(repeats)]


def _inside(count: int, repeats: int) -> list[list[Pair]]:
    argv = [*PRIVATE, sys.executable, "-m", "tests.bench.detect", str(count), str(repeats)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SkippedError(f"{error.filename} is not installed") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SkippedError(f"no private network namespace: {last}")
    return [[(ours, floor), (inside, floor)] for ours, inside, floor in json.loads(done.stdout)]


def _measure(count: int, repeats: int) -> list[tuple[float, float, float]]:
    """Inside the namespace: make `count` links beside lo, then time each in turn."""
    pairs = count // 2
    commands = "".join(f"link add eth{n} type veth peer name sw{n}\n" for n in range(pairs))
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)
    command = ("nics", "--json")
    return [(took((*XENBOND, *command)), took_inside(*command), took(IP)) for _ in range(repeats)]


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))
