"""What ebtables and arptables say about frames: their rules, read and walked."""
