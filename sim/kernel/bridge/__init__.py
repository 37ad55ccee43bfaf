"""Bridges and what br_netfilter does with their frames."""
