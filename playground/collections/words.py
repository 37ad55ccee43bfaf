"""A text as words to search for: the same for every database.

Letters and digits make words, everything else parts them; case and accents do not count. An
address is several words in a row, so part of it can be looked for.
"""

from __future__ import annotations

import re
import unicodedata

from playground.site.limits import LIMITS

MOST_WORDS = LIMITS.searched_words  # of one text
LONGEST = 64
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [word[:LONGEST] for word in _WORD.findall(plain)[:MOST_WORDS]]


def phrases(asked: str) -> list[list[str]]:
    """What is asked for: each stretch without blanks is words in a row, the last may go on."""
    found = [words(part) for part in asked.split()[:16]]
    return [phrase for phrase in found if phrase]
