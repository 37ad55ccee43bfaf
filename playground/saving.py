"""Saving a scenario under an id made from its content: the same text gives the same link."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction

from playground import models
from sim import ENGINE_VERSION
from sim.scenario import Scenario

SCHEMA = 1
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # base58: no 0 O I l
_LENGTH = 12  # 70 bits
# An id that would spell one of these (folded) is salted again; kept short on purpose.
_UNWANTED = ("fuck", "shit", "cunt", "dick", "nazi", "porn", "rape", "slut", "fag", "nigg", "sex")


def document_of(scenario: Scenario) -> dict[str, Any]:
    """The canonical document: everything that makes the trace what it is."""
    return {"schema": SCHEMA, "engine": ENGINE_VERSION, **scenario.as_json()}


def canonical(document: dict[str, Any]) -> bytes:
    """Sorted, compact JSON in UTF-8: the same document always has the same bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _candidate(body: bytes, nonce: int, length: int) -> str:
    digest = hashlib.sha256(b"chainwalk share id\0%d\0" % nonce + body).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, 58)
        letters.append(_ALPHABET[index])
    return "".join(letters)


def share_id(body: bytes, length: int = _LENGTH) -> str:
    for nonce in range(8):
        found = _candidate(body, nonce, length)
        if not any(word in found.lower() for word in _UNWANTED):
            break
    return found


def save(scenario: Scenario, parent_id: str = "") -> models.Scenario:
    """Store a scenario, or find the one already stored. Ids that clash grow by a character."""
    document = document_of(scenario)
    body = canonical(document)
    digest = hashlib.sha256(body).hexdigest()
    parent = models.Scenario.objects.filter(pk=parent_id).first() if parent_id else None
    for length in range(_LENGTH, 40):
        kept = models.Scenario.objects.filter(digest=digest).first()
        if kept is not None:
            return kept
        try:
            with transaction.atomic():
                return models.Scenario.objects.create(
                    id=share_id(body, length), digest=digest, document=document, parent=parent
                )
        except IntegrityError:
            continue  # another text has this id, or another process just stored this one
    raise RuntimeError(f"no free id for {digest}")


def scenario_of(row: models.Scenario) -> Scenario:
    return Scenario.from_json(
        {key: value for key, value in row.document.items() if key not in ("schema", "engine")}
    )
