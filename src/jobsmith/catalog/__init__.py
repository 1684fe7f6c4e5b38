"""From what sources declare to the records of jobs."""
