"""Users of the standalone server."""
