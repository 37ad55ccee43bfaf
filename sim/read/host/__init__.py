"""The host text: one fact a line, tools' output, and commands, in any order."""
