"""A change-over by netlink, with ifreload to take charge: there is nothing left for it to do.

What it finds right already it leaves alone, and remembers.
"""

import re
from collections.abc import Iterator

from xenbond_tui.facts.link import above
from xenbond_tui.plan.actions import Run, SetSysctls
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.ifupdown.places import IFUP
from xenbond_tui.stacks.ifupdown2 import activate
from xenbond_tui.stacks.ifupdown2.announced import announced, has_announced
from xenbond_tui.stacks.steps import best_effort
from xenbond_tui.typed import override

_TIMEOUT_S = 120.0
"""Seconds for one link, as for all of them."""


class Ifupdown2Transition(Transition):
    """One set-up or removal."""

    def reload(self, *options: str) -> Step:
        """Have ifupdown2 take charge of what is in its files."""
        return activate.reload(self.facts, self.answers, "Hand it all to ifupdown2", *options)

    @override
    def new_bridge(self) -> Iterator[Step]:
        """One that listens to routers from the start, forwarding or not.

        A new link has what `default` says then. Were it told later, the value would be put back
        with all that is set for the time of the change.
        """
        link = self.facts.link(self.nic)
        if link is not None and announced(self.facts, link):
            values = {"net/ipv6/conf/default/accept_ra": "2"}
            label = f"Set accept_ra to 2 on new links, for {self.bridge} will forward"
            yield from best_effort(Step(label, SetSysctls(values)))
        yield from super().new_bridge()

    @override
    def hand_over(self) -> tuple[Step, ...]:
        """Of bond and bridge."""
        return (self.reload(),)

    @override
    def parted(self) -> tuple[Step, ...]:
        """The NIC is ifupdown2's, without losing what routers have announced to it.

        As at boot (`--perfmode`, its start-networking) it purges nothing; of that NIC alone, since
        it also sets again what is right already. ifreload has to leave out what stands on it as
        well: with that it takes what is below.
        """
        link = self.facts.link(self.nic)
        if link is None or not has_announced(link):
            return (self.reload(),)
        program = activate.program(self.facts, IFUP)
        alone = Run((program, "--perfmode", self.nic), _TIMEOUT_S)
        left_out = sorted(above(self.facts.links, (self.nic,)))
        return (
            self.reload(*(word for name in left_out for word in ("-X", f"^{re.escape(name)}$"))),
            Step(f"Bring up {self.nic} with ifup, which removes nothing", alone),
        )
