"""Slaves: which NICs carry the bond. The table is live: pull a cable and see which one it was."""

from textual import work
from textual.app import ComposeResult
from typing_extensions import override

from screens.base import Step, WizardScreen
from screens.keys import CHOOSE, Key
from screens.live import snapshots
from screens.nics import about, nics, table
from screens.plain import Plain
from screens.rows import Row, Rows
from xenbond_tui.answers import Answers
from xenbond_tui.rules.check_hardware import check_hardware
from xenbond_tui.rules.check_slaves import check_slaves
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.suitable import unsuitable
from xenbond_tui.shipped import style
from xenbond_tui.value import replace

BLINK_S = 5


class SlavesScreen(WizardScreen):
    """Choose two NICs or more."""

    CSS = style("slaves")
    NAME = "Slaves"
    PURPOSE = "Which NICs carry the bond? Best are two that share as little as possible."
    HELP_TEXT = """
A bond works as long as one of its slaves does, so choose NICs that share as
little as possible: two cards, two cables, better two switches.

[x] chosen   [ ] can be chosen   - can't, and the row says why

LINK is what the NIC says of its cable now: pull a cable and see which row says
DOWN. PERMANENT MAC is burnt into the NIC; it names the same card after any
change. "* you" marks the NIC your own session comes in by.

B makes the light of the port under the cursor blink for 5 seconds, where its
driver can and ethtool is installed."""

    TOPICS = (check_slaves, check_hardware)

    BLINK = Key("blink", "B", "blink the light")
    KEYS: tuple[Key, ...] = (BLINK,)

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.chosen = tuple(
            name for name in self.answers.bond.slaves if self.host.link(name) is not None
        )

    @override
    def body(self) -> ComposeResult:
        yield Plain("", id="header", classes="heading")
        yield Rows(id="nics")
        yield Plain("", id="about")
        yield Plain("", id="warning")
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (CHOOSE, self.BLINK, *self.turn_keys())

    @override
    def opened(self) -> None:
        self.show_table()
        self.query_one(Rows).focus()
        self.follow_links()

    @override
    def resized(self) -> None:
        self.show_table()

    def show_table(self) -> None:
        """Print the NICs as they are now."""
        bond, bridge = self.answers.bond.name, self.answers.bridge.name
        header, lines = table(self.host, self.chosen, bond, bridge, self.size.width - 4)
        links = nics(self.host)
        self.set_text("#header", f"  {header}")
        rows = [Row(link.name, line) for link, line in zip(links, lines, strict=True)]
        self.query_one(Rows).show_rows(rows)
        self.explain()

    def explain(self) -> None:
        """What is to be said about the NIC under the cursor and about the choice so far."""
        row = self.query_one(Rows).row
        link = self.host.link(row.id) if row is not None else None
        if link is not None:
            said = about(link, self.host, self.answers.bond.name, self.answers.bridge.name)
            self.set_text("#about", self.fill("\n".join(said)))
        answers, _ = self.read()
        warnings = [
            self.fill(f"! {item.text}", "  ")
            for item in self.findings(answers)
            if item.severity is Severity.WARN and len(self.chosen) > 1
        ]
        self.set_text("#warning", "\n".join(warnings))

    def on_rows_moved(self) -> None:
        """Another NIC is under the cursor."""
        self.explain()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Choose it or give it up, if it can be a slave at all."""
        name = event.row.id
        link = self.host.link(name)
        if link is None:
            return
        reason = unsuitable(link, self.host, self.answers.bond.name, self.answers.bridge.name)
        if reason is not None:
            self.complain(f"{name} can't be chosen: {reason}.")
            return
        if name in self.chosen:
            self.chosen = tuple(item for item in self.chosen if item != name)
        else:
            self.chosen = (*self.chosen, name)
        self.complain("")
        self.show_table()

    @override
    def read(self) -> tuple[Answers, str]:
        options = dict(self.answers.bond.options)
        if options.get("primary") not in self.chosen:
            options.pop("primary", None)
        bond = replace(self.answers.bond, slaves=self.chosen, options=options)
        answers = replace(self.answers, bond=bond)
        count = len(self.chosen)
        if count < 2:
            have = "No NIC is" if count == 0 else f"Only {self.chosen[0]} is"
            return answers, f"{have} chosen. A bond needs two NICs: choose with Space."
        return answers, self.refusal(answers)

    @work(exclusive=True)
    async def follow_links(self) -> None:
        """Show link changes as they happen."""
        async for snapshot in snapshots(self.machine.kernel):
            if snapshot.links != self.host.links:
                self.host = replace(
                    self.host,
                    links=snapshot.links,
                    bonds=snapshot.bonds,
                    bridges=snapshot.bridges,
                )
                self.show_table()

    def action_blink(self) -> None:
        """Blink the port's light of the NIC under the cursor."""
        row = self.query_one(Rows).row
        if row is None:
            return
        ethtool = self.machine.runner.which("ethtool")
        if ethtool is None:
            self.complain("The light can't be made to blink: ethtool is not installed here.")
            return
        self.set_text("#problem", f"{row.id}: its light blinks for {BLINK_S} seconds.")
        self.blink(ethtool, row.id)

    @work(thread=True, exclusive=True, group="blink")
    def blink(self, ethtool: str, name: str) -> None:
        """Ask the driver, and say so when it can't."""
        argv = (ethtool, "-p", name, str(BLINK_S))
        done = self.machine.runner.run(argv, timeout=BLINK_S + 5)
        text = "" if done.returncode == 0 else f"{name}: its driver can't make the light blink."
        self.from_thread(self.complain, text)
