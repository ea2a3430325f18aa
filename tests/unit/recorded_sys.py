"""Builds proc and sys trees as kernels show them, for a host that is not this one."""

from pathlib import Path


def write(root: Path, files: dict[str, str]) -> None:
    """Write files under a root; `-> target` as text makes a symbolic link."""
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text.removeprefix("-> "))
        else:
            path.write_text(text)


def bond_files(capture: str, bond: str = "bond0") -> dict[str, str]:
    """bonding/ of a bond from a capture of `key: value` lines."""
    found = {}
    for line in capture.splitlines():
        option, _, value = line.partition(":")
        found[f"/sys/class/net/{bond}/bonding/{option}"] = value.strip() + "\n"
    return found


def nic_files(name: str, index: int, mac: str, **attributes: str) -> dict[str, str]:
    """A PCI NIC that is up and has a link."""
    device = f"/sys/devices/pci0000:00/0000:00:0{index}.0"
    values = {
        "address": mac,
        "ifindex": str(index),
        "flags": "0x1003",
        "carrier": "1",
        "mtu": "1500",
        "speed": "1000",
        "duplex": "full",
        "operstate": "up",
        "statistics/rx_bytes": "100",
        "statistics/tx_bytes": "200",
        **attributes,
    }
    files = {f"{device}/net/{name}/{key}": f"{value}\n" for key, value in values.items()}
    files[f"{device}/net/{name}/device"] = "-> ../../../" + device.rpartition("/")[2]
    files[f"{device}/driver"] = "-> ../../../bus/pci/drivers/e1000"
    files[f"{device}/subsystem"] = "-> ../../../bus/pci"
    files[f"/sys/class/net/{name}"] = f"-> ../../devices/pci0000:00/0000:00:0{index}.0/net/{name}"
    return files
