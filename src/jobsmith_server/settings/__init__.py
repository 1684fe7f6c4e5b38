"""Settings of the standalone server, read from the environment."""
