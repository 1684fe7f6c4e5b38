"""Live logs: one reader for each watched run and process, however many people watch."""
