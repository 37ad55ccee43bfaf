"""Random scenarios for the comparison with the kernel."""
