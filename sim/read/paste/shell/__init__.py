"""Shell text, read and run in a safe part: no process is ever started, every cost is bounded."""
