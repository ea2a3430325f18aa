"""Where ifup and ifdown are."""

from xenbond_tui.facts.host import HostFacts


def program(facts: HostFacts, name: str) -> str:
    """Full path of ifup or ifdown; ifdown is a link beside ifup."""
    merged_only = "/sbin/ifup" not in facts.present and "/usr/sbin/ifup" in facts.present
    return f"/usr/sbin/{name}" if merged_only else f"/sbin/{name}"
