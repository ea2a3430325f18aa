"""Whether a change is rolled back at boot, should the power fail while it waits to be kept."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, warn


def check_boot(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """The same for whatever is changed."""
    yield from unguarded(facts.at_boot)


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
