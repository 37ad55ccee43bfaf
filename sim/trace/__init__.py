"""The steps that a run yields, and who numbers them."""
