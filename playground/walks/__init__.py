"""From typed texts to a bounded run, and the questions asked of one."""
