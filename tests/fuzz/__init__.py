"""Readers and editors tried with text that nobody expects, as long as wished."""
