"""The programs netplan is made of, where its releases have them."""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.stacks.steps import RESTORE_FILES, WRITE_FILES, Files, best_effort

NETPLAN = ("/usr/sbin/netplan", "/sbin/netplan")
GENERATORS = (
    "/usr/libexec/netplan/generate",
    "/lib/netplan/generate",
    "/usr/lib/netplan/generate",
    "/usr/libexec/netplan/configure",
)
PROBES = (*NETPLAN, *GENERATORS)
GENERATE = Step("Check the files with netplan", Run(("netplan", "generate")))
"""Writes what the other program reads, below /run; nothing moves by it."""
FILES = Files(
    (WRITE_FILES, GENERATE),
    (RESTORE_FILES, *best_effort(Step("Have netplan write from them", GENERATE.action))),
)
"""Whenever netplan's own files have changed, it writes the other program's."""


def installed(facts: HostFacts) -> bool:
    """True where netplan is there."""
    return any(path in facts.present for path in PROBES)


def missing(facts: HostFacts) -> Iterator[Finding]:
    """Refuses a host without the command that has to carry the change out."""
    if not any(path in facts.present for path in NETPLAN):
        yield refuse(
            "netplan-missing",
            NETPLAN[0],
            "netplan is not installed, so nothing would read the files.",
            "Install netplan.io; or save the answers and name another stack: "
            "`xenbond apply --answers FILE --stack NAME`.",
        )
