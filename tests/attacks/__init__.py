"""What somebody could send to take the playground down, and what must become of it."""
