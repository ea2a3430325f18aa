"""Takes the place of what pyroute2 imports for its own tests."""
