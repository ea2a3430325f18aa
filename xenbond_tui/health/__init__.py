"""Is the bond redundant, and what happened to it?"""
