"""Connection tracking: net/netfilter/nf_conntrack_*.c."""
