"""The manual and the README."""
