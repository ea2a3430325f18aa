"""What can be run in a guest, whichever kernel it is: a process, or a machine of QEMU's."""

import time
from collections.abc import Mapping

from tests.lab.channel import Agent, Done, Running
from tests.lab.console import Console
from tests.lab.limit import Limit


class Commands:
    """Commands, files and the console of a guest that has booted."""

    agent: Agent
    console: Console
    terminal = "/dev/tty0"
    """The console's device in the guest."""

    def start(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        terminal: str | None = None,
    ) -> Running:
        """Start a command, as root, with no terminal unless one is given."""
        return self.agent.start(argv, stdin=stdin, env=env, terminal=terminal)

    def run(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        timeout: float = 180.0,
    ) -> Done:
        """Run a command to its end."""
        return self.start(*argv, stdin=stdin, env=env).wait(timeout)

    def sh(self, script: str, timeout: float = 180.0) -> str:
        """Output of a shell script that must succeed."""
        return self.run("sh", "-ec", script, timeout=timeout).ok()

    def xenbond(self, *argv: str, timeout: float = 180.0, stdin: str = "") -> Done:
        """Run xenbond to its end, and print what it said."""
        done = self.run("xenbond", *argv, timeout=timeout, stdin=stdin)
        print(done)
        return done

    def on_console(
        self, *argv: str, term: str = "linux", env: Mapping[str, str] | None = None
    ) -> Running:
        """Start a program on the console, as a login on a serial line would."""
        self.console.clear()
        self.sh(f"stty sane <{self.terminal}")
        return self.start(*argv, env={"TERM": term, **(env or {})}, terminal=self.terminal)

    def read(self, path: str) -> str:
        """A file of the guest."""
        return self.run("cat", path).ok()

    def write(self, path: str, text: str) -> None:
        """Write a file in the guest."""
        self.run("tee", path, stdin=text).ok()

    def wait_until(self, script: str, timeout: float = 60.0, every: float = 0.2) -> float:
        """Wait until a shell condition holds in the guest; looks there every so many seconds.

        Looking costs the guest's one processor some 30 ms, which what is waited for then lacks.

        Returns:
            Seconds waited, by this machine's clock.
        """
        began = time.monotonic()
        waiting = self.start("sh", "-c", f"until {{ {script}; }}; do sleep {every}; done")
        limit = self.limit(timeout)
        while not waiting.over_within(limit.left):
            if limit.over:
                waiting.signal(15)
                raise AssertionError(f"not so in {timeout} s: {script}\n{waiting.wait(timeout)}")
        done = waiting.wait()
        assert done.rc == 0, f"not so: {script}\n{done}"
        return time.monotonic() - began

    def limit(self, seconds: float) -> Limit:
        """So long from now on, in the guest's own time."""
        return Limit(seconds, self.agent.stalled)
