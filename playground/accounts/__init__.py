"""Logging in, where collections need it."""
