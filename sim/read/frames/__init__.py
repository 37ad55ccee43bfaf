"""ebtables' and arptables' texts."""
