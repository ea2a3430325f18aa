"""Lab B: QEMU without KVM, with NICs that have permanent MACs on a switch that learns.

A Debian kernel on the guest's root of `rootfs`; the switch does what no Linux bridge does: it keeps
its table when a link goes down, says by LLDP which port a NIC is plugged into, logs every frame.
"""
