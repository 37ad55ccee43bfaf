"""Measurements under load: commands, no tests."""
