"""The lark grammars of the texts."""
