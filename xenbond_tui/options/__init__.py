"""The kernel's bonding options: one row each, and what the kernel runs of them.

Values are canonical everywhere inside: a choice and a switch by name (`on`), a number in plain
digits in the kernel's unit, lists with one comma between items, MACs in lower case.
"""
