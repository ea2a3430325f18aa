"""The programs netplan is made of, where its releases have them."""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Rival, Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.programs import lacking
from xenbond_tui.stacks.netplan.places import NETPLAN, TRY
from xenbond_tui.stacks.steps import RESTORE_FILES, WRITE_FILES, Files, best_effort

_GENERATE = Run(("netplan", "generate"), rival=Rival("netplan", "try", TRY, "--config-file"))
GENERATE = Step("Check the files with netplan", _GENERATE)
"""Writes what the other program reads, below /run; nothing moves by it. At boot a systemd generator
or netplan-configure.service does so, perhaps before a change is rolled back."""
FILES = Files(
    (WRITE_FILES, GENERATE),
    (
        RESTORE_FILES,
        *best_effort(Step("Write the stack's own files with netplan generate", GENERATE.action)),
    ),
)
"""Whenever netplan's own files have changed, it writes the other program's."""
AT_BOOT = (_GENERATE,)
"""As `Activation.at_boot`."""


def able(facts: HostFacts) -> Iterator[Finding]:
    """Refuses a host where the command that has to carry the change out is missing or at work."""
    if facts.access.knows_running and TRY in facts.present:
        yield refuse(
            "netplan-try",
            TRY,
            "`netplan try` is running. When nobody keeps its change it puts its own copies of the "
            "files back, over this change.",
            "End it first: Enter keeps its change, Ctrl-C rolls it back. If none is running, "
            f"remove {TRY}.",
        )
    if not any(path in facts.present for path in NETPLAN):
        yield lacking(
            facts,
            "netplan-missing",
            NETPLAN[0],
            "netplan is not installed, so nothing would read the files.",
            "Install netplan.io; or save the answers and name another stack: "
            "`xenbond apply --answers FILE --stack NAME`.",
        )
