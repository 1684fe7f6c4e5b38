"""The clock process."""
