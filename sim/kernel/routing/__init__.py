"""Routing tables, policy rules, and the decisions made with them."""
