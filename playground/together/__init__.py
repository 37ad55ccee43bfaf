"""Walking through a scenario with others: one leads, everyone's page follows."""
