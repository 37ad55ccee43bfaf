"""JSON schemas (2020-12, as OpenAPI 3.1 has them) of the types that our answers have."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]

_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}


def schemas(*kinds: Any) -> dict[str, Schema]:
    """Those of typed dicts and dataclasses, and of all that stand in them, by the types' names."""
    found: dict[str, Schema] = {}
    for kind in kinds:
        _collect(kind, found)
    return found


def _collect(kind: Any, found: dict[str, Schema]) -> None:
    if kind.__name__ in found:
        return
    schema: Schema = {"type": "object", "required": [], "properties": {}}
    found[kind.__name__] = schema
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is NotRequired:
            (hint,) = get_args(hint)
        else:
            schema["required"].append(name)
        schema["properties"][name] = _of(hint, found)


def _of(hint: Any, found: dict[str, Schema]) -> Schema:
    """The schema of one value. Raises ``TypeError`` for a type that JSON has not."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is Annotated:  # an object without a type of its own, and what its keys are
        hint = inside[1]
    if is_typeddict(hint) or is_dataclass(hint):
        _collect(hint, found)
        return {"$ref": f"#/components/schemas/{hint.__name__}"}
    if origin is Literal:
        return {"type": "string", "enum": [*inside]}
    if hint is Any:
        return {}
    if origin is list or (origin is tuple and inside[1:] == (...,)):
        return {"type": "array", "items": _of(inside[0], found)}
    if origin is dict and inside[0] is str:
        return {"type": "object", "additionalProperties": _of(inside[1], found)}
    if origin in (Union, UnionType):
        each = [_of(one, found) for one in inside]
        if all(schema.keys() == {"type"} for schema in each):
            return {"type": [schema["type"] for schema in each]}
        return {"anyOf": each}
    raise TypeError(f"JSON has no {hint!r}")
