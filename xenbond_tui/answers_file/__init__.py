"""The answers file: reading it with file, line and key in every refusal; writing it back.

The only user of ruamel.yaml, which is imported when a file is really read or written.
"""
