"""A plan as one POSIX shell script, for a host on which xenbond itself does not run."""
