"""What will be done to a host, as values: file changes, steps, and the whole in a Plan.

Made without touching the host, shown as diffs, carried out by `xenbond_tui.apply`, stored with the
transaction so that it can be undone much later. Import from the module of the thing:
`file_change`, `actions` (what a step does), `plan`.
"""
