"""What an extension declares, and every match, target, set and ebtables option."""
