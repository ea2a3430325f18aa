"""Which boot of the host this is: seconds since boot mean nothing to another one."""

from xenbond_tui.machine import Machine

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def boot_id(machine: Machine) -> str:
    """The kernel's random name of this boot; "" where it does not tell."""
    try:
        with open(machine.root + _BOOT_ID, encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return ""
