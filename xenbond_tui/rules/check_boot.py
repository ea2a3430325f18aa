"""Whether a change is rolled back at boot, should the power fail while it waits to be kept."""

from xenbond_tui.facts.access import AtBoot
from xenbond_tui.rules.findings import Finding, warn


def unguarded(at_boot: AtBoot) -> tuple[Finding, ...]:
    """What to know where there is no boot guard, and why; none where there is one."""
    if not at_boot.unfit:
        return ()
    text = "If the power fails while the change waits to be kept, the boot does not roll it back: "
    return (
        warn(
            "no-boot-guard",
            "power cut",
            f"{text}no guard can be installed, because {at_boot.unfit}.",
            at_boot.remedy,
        ),
    )
