"""Address translation: net/netfilter/nf_nat_*.c."""
