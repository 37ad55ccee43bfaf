"""What the kernel does: hooks, tables, conntrack, NAT, routing, IPsec, bridges."""
