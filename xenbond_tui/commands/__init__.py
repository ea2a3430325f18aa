"""One file per command: `configure(parser)` adds its options, `run(args)` returns the exit code."""
