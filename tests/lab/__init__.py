"""The lab: the real bonding driver and the real ifupdown, in a Linux kernel that runs as a process.

`guest.Guest` boots user-mode Linux over a small Debian and talks to it; `python -m tests.lab.shell`
gives a person its console. What the lab is not: its clock ticks every 10 ms, its NICs are veth
pairs (no permanent MAC, no MII, no ethtool speed but a fixed 10 Gbit/s), and there is no Xen.
"""
