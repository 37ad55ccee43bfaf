"""What asks the engine questions: advice, what-if, masking, generators."""
