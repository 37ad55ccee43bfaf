"""A packet as bytes: layouts, checksums, and what reads and makes them."""
