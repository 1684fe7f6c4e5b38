"""Jobsmith inside other projects."""
