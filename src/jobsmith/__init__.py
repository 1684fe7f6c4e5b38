"""Jobsmith turns Python into governed, self-service jobs."""

__version__ = "0.1.0"
