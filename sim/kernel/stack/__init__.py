"""The host's stack: what happens to a packet between and behind the hooks."""
