"""Rules made from security groups."""
