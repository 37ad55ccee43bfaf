"""Lessons: one folder each, a page in Markdown and the scenarios that it runs."""
