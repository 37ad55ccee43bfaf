"""Scenarios in other people's pages: frames, pictures, oEmbed, and the snippets that bring them."""
