"""What can become of a packet, as nouns: one file a subject, worded by its twin in tell.wording."""
