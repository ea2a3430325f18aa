"""One file per command: `configure(parser)` adds its options, `run(args)` returns the exit code."""

COMMANDS: dict[str, str] = {
    "setup": "set up a bond under a bridge, screen by screen",
    "watch": "live health of a bond",
    "status": "one look; exit 0 healthy, 1 degraded, 2 down or misconfigured, 3 not known",
    "events": "what happened to a bond: cables, slaves, failovers, verdicts",
    "metrics": "every bond for Prometheus, or for node_exporter's textfile collector",
    "nics": "NICs with permanent MAC, driver, carrier, and why one is unsuitable",
    "plan": "the diff of every file and the steps; writes nothing",
    "export": "the plan as one shell script, for a host where xenbond can't run",
    "apply": "carry out a plan, undone by itself unless it is confirmed",
    "remove": "take bond and bridge away; the address goes back to one NIC",
    "confirm": "keep the change that is waiting",
    "extend": "give the waiting change more time",
    "undo": "undo a change, the newest one or the one named",
    "history": "all changes, newest first",
    "recover": "roll back what was cut short, or could not be rolled back before",
    "drill": "fail one slave after the other, and measure what is heard of it",
    "announce": "after each failover, say where host and guests are (a service)",
    "completion": "completion of the command line for bash, zsh or fish",
    "demo": "everything on an embedded host; needs no root and no NICs",
}
"""Command → one line of help. The module is `xenbond_tui.commands.NAME`."""
