"""Configuration files that others wrote, from the sources of Debian's packages, as hosts."""
