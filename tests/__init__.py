"""xenbond's tests: unit, screens, terminal, lab (a real kernel) and bench."""
