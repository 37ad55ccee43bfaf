"""Packets as bytes: layouts, checksums, names of types."""
