"""The programs netplan is made of, where its releases have them."""

from xenbond_tui.plan.actions import Rival, Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.netplan.places import TRY
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
