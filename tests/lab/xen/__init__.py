"""A real Xen dom0 in QEMU, with guests that run.

Debian's Xen starts Debian's kernel as dom0, and that systemd, ifupdown and Xen's own tools; xl
creates paravirtualised guests of the same kernel. NICs, switch and the host behind it are those of
`tests/lab/qemu`.
"""
