"""The nouns: rules, host, statements, connections, scenario. No behaviour."""
