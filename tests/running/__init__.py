"""What those who run an instance rely on."""
