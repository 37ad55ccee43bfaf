"""What knows nothing of packets or rules: errors with places, values as text, hashes, the clock."""
