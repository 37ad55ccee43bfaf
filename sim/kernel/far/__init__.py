"""What is not the host: the far ends of a conversation and what they say."""
