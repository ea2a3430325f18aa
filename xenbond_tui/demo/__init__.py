"""The embedded host: recorded machines, a scratch root, cables to pull."""
