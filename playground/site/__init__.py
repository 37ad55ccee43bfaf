"""What every feature shares: limits, rates, Markdown, numbers from forms, static files."""
