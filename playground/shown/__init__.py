"""What a run looks like: steps, maps, ladders, headlines."""
