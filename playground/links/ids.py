"""Ids of links: made from the content for public ones, from chance for unlisted ones."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # base58: no 0 O I l
LENGTH = 12  # 70 bits
UNLISTED_LENGTH = 22  # 128 bits
# An id that would spell one of these (folded) is salted again; kept short on purpose.
UNWANTED = ("fuck", "shit", "cunt", "dick", "nazi", "porn", "rape", "slut", "fag", "nigg", "sex")


def canonical(body: dict[str, Any]) -> bytes:
    """Sorted, compact JSON in UTF-8: the same body always has the same bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


def digest_of_texts(body: dict[str, Any]) -> str:
    """Of what a scenario does: the same under another engine, title or description."""
    return digest_of({name: body.get(name, "") for name in ("rules", "host", "packets", "expect")})


def public_id(content: bytes, length: int = LENGTH) -> str:
    """The same content gives the same id. A longer one begins with other letters."""
    for nonce in range(8):
        found = _spelt(content, nonce, length)
        if not any(word in found.lower() for word in UNWANTED):
            break
    return found


def _spelt(content: bytes, nonce: int, length: int) -> str:
    digest = hashlib.sha256(b"chainwalk share id\0%d\0" % nonce + content).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def unlisted_id() -> str:
    """Never from the content: who has a ruleset could else ask whether somebody stored it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(UNLISTED_LENGTH))
