"""The engine: text in, steps out. No clock, no I/O and no Django inside."""

# Part of every saved scenario: a change in what a trace says raises it (tests/test_cases.py).
ENGINE_VERSION = "0.3.2"
