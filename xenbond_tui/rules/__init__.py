"""What goes with what: options, names, addresses, checks. Data and pure functions."""
