"""Security groups, as clouds have them, and the rules of a hypervisor that enforce them."""
