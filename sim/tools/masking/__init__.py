"""A scenario with other addresses, MACs, host names and comments, and the same walk."""
