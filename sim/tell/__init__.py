"""From steps and rules to what people and programs read."""
