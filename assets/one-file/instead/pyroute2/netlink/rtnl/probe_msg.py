"""Takes the place of pyroute2's network probes, which import ssl; xenbond sends none."""

from pyroute2.netlink import nlmsg


class probe_msg(nlmsg):
    """No such message comes from a kernel."""


def proxy_newprobe(*_: object) -> None:
    """Never asked for."""
