"""The engine: text in, steps out. No clock, no I/O and no Django inside."""
