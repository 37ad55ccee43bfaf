"""From what people write to the model, with errors that point."""
