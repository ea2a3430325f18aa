"""try_all.py GLOB SIZE TEST...: which mutants of the files the tests do not see. In the sandbox.

The tests are collected once and run once, to learn which reach which function. Then each mutant
has a process of its own, forked from this one: the tests that reach it until one fails. GLOB: one
or several. SIZE: how many mutants, drawn by chance, for one SEED always the same; 0: all. What is
known is in results.json, and not tried again.
"""

import json
import os
import random
import resource
import select
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.state import state

from tests.mutants.mutate import mutate

LIMIT_S = float(os.environ.get("LIMIT_S", "10"))
"""Processor seconds of tests for one mutant, about; 0: all that reach it."""
SEED = int(os.environ.get("SEED", "12"))
ONLY = os.environ.get("ONLY", "").split()
"""Ends of names of mutants; none: all."""


def ended(work: Callable[[], str], seconds: float) -> str:
    """What the work says, done in a process of its own; `timeout`, or how else it ended."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5, int(seconds) + 6))
        quiet = os.open("/dev/null", os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            os.write(into, work().encode())
        finally:
            os._exit(0)
    os.close(into)
    told = select.select([out], [], [], 30 + 10 * seconds)[0]
    text = os.read(out, 4096).decode() if told else "timeout"
    os.close(out)
    # Whatever it started is in this sandbox, and there is nothing else in it.
    for other in filter(str.isdigit, os.listdir("/proc")):
        if int(other) not in (1, os.getpid(), os.getppid()):
            os.kill(int(other), signal.SIGKILL)
    os.waitpid(pid, 0)
    return text or "killed by a crash"


class TryAll:
    """Instead of pytest's own loop over the tests."""

    def __init__(self, mutants: dict[str, str], size: int) -> None:
        self.mutants = mutants
        self.names = [name for name in sorted(mutants) if name.endswith(tuple(ONLY or [""]))]
        random.Random(SEED).shuffle(self.names)  # noqa: S311, the same each time
        self.names = self.names[: size or None]
        self.failed = ""
        self.took: dict[str, float] = {}
        self.reach: dict[str, list[str]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def learn(self, items: list[pytest.Item]) -> str:
        trampoline.set_mutant_under_test("stats")
        took, reach, left_out = {}, defaultdict(list), []
        for item, after in zip(items, [*items[1:], None], strict=True):
            began, self.failed = time.process_time(), ""
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                left_out.append(item.nodeid)
                continue
            took[item.nodeid] = time.process_time() - began
            for name in state()._stats:
                reach[name].append(item.nodeid)
            state()._stats.clear()
        Path("reach.json").write_text(json.dumps([took, reach]))
        return f"{len(took)} tests; left out, as they fail here without a mutant: {left_out}"

    def chosen(self, name: str, killers: list[str]) -> list[str]:
        """What killed its like, the nearest and the most diverse first, up to the limit."""
        tests = self.reach.get(name.rpartition("__mutmut_")[0], [])
        of_file: Counter[str] = Counter()
        rank: dict[str, int] = {}
        for test in sorted(tests, key=lambda test: self.took[test]):
            rank[test] = of_file[test.partition("[")[0]]
            of_file[test.partition("[")[0]] += 1
        wide = Counter(test for each in self.reach.values() for test in each)
        near = {test: n for n, test in enumerate(sorted(tests, key=lambda test: wide[test]))}
        tests.sort(key=lambda test: (-killers.count(test), min(rank[test], near[test])))
        spent, first = 0.0, []
        for test in tests:
            spent += self.took[test]
            if LIMIT_S and first and spent > LIMIT_S:
                break
            first.append(test)
        return first

    def run(self, name: str, items: list[pytest.Item]) -> str:
        trampoline.set_mutant_under_test(name)
        self.failed = ""
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return f"killed by {self.failed}"
        return "survived"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        by_id = {item.nodeid: item for item in session.items}
        print(ended(lambda: self.learn(session.items), 3600), flush=True)
        self.took, self.reach = json.loads(Path("reach.json").read_text())
        known = Path("results.json")
        results = json.loads(known.read_text()) if known.exists() else {}
        killers: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            function = name.rpartition("__mutmut_")[0]
            tests = self.chosen(name, killers[function])
            if name not in results:
                seconds = 5 * sum(self.took[test] for test in tests) + 5
                results[name] = (
                    ended(lambda n=name, t=tests: self.run(n, [by_id[it] for it in t]), seconds)
                    if tests
                    else "reached by no test"
                )
                known.write_text(json.dumps(results, indent=0))
            if results[name].startswith("killed by tests"):
                killers[function].append(results[name].removeprefix("killed by "))
        told = {name: results[name] for name in self.names}
        for name, text in told.items():
            if not text.startswith("killed"):
                print(f"{text}: {name}\n{self.mutants[name]}")
        print(dict(Counter(text.partition(" by ")[0] for text in told.values())))
        return True


def main() -> int:
    """Mutate once, then try."""
    pattern, size, *tests = sys.argv[1:]
    made = Path("mutants.json")
    if not made.exists():
        files = sorted(path for each in pattern.split() for path in Path().glob(each))
        made.write_text(json.dumps(mutate(files)))
    config()  # Read here, before a test is somewhere else.
    quiet = ["-p", "no:cacheprovider", "-q", "-n0", "-m", "not thorough"]
    return int(
        pytest.main([*quiet, *tests], plugins=[TryAll(json.loads(made.read_text()), int(size))])
    )


if __name__ == "__main__":
    sys.exit(main())
