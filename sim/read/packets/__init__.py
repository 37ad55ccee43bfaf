"""The packets text: statements, and pasted tcpdump lines."""
