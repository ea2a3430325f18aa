"""Which boot of the host this is: seconds since boot mean nothing to another one."""

from xenbond_tui.host import door
from xenbond_tui.machine import Machine

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def boot_id(machine: Machine) -> str:
    """The kernel's random name of this boot; "" where it does not tell."""
    try:
        return door.to(machine.access.root).text(_BOOT_ID).strip()
    except OSError:
        return ""
