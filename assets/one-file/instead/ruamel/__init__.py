"""ruamel has no file of its own; in a zip a package needs one."""
