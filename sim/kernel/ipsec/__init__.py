"""IPsec: policies and states, ESP, and where they act on a packet's way."""
