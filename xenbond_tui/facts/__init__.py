"""What a host is, as immutable values. Read by `xenbond_tui.host`, used by everything above it.

Times are ms unless a name says otherwise, speeds Mbit/s, MACs lower-case `aa:bb:cc:dd:ee:ff`,
addresses plain strings (`192.168.0.222`) with the prefix length beside them.

One file for what is read and needed together: a command that looks at one bond loads nothing of
routes or of the system. (Making one of these classes takes Python 3.11 as long as importing a
small module.)
"""

FORMERLY = "formerly"
"""Key of a dataclass field's metadata: its name in what an earlier version has stored."""
