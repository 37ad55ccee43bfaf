"""Frozen dataclasses that a walk makes by the dozen for each packet, at a quarter of the price.

A frozen dataclass sets each field past its own ``__setattr__``, which is dear: it was a third of
the time of a walk. Here the object is of an open twin with the same slots while its fields are
set, and of its own class from then on. What it is, and that nobody changes it, stays the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")


_OPEN: dict[type, type] = {}  # the open twin of each class that has one
_COPY: dict[type, Callable[[Any], Any]] = {}  # made when one of a class is first replaced


def quick(cls: type[T]) -> type[T]:
    """For a frozen dataclass with slots, written above ``@dataclass``.

    Raises ``TypeError`` for one that does more when it is made than set its fields.
    """
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    if hasattr(cls, "__post_init__") or any(not field.init for field in fields):
        raise TypeError(f"{cls.__name__} does more than set its fields")
    _OPEN[cls] = twin = _open_twin(cls)
    names: dict[str, Any] = {"_closed": cls, "_open": twin, "_become": object.__setattr__}
    made = _function("__init__", f"self, {_asked(fields, names)}", names, [
        "_become(self, '__class__', _open)",
        *(f"self.{field.name} = {_value(field)}" for field in fields),
        "self.__class__ = _closed",
    ])  # fmt: skip
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = made  # type: ignore[method-assign]
    return cls


def _open_twin(cls: type) -> type:
    """A class of the same layout whose fields may be set in the ordinary way."""
    inside = {
        "__slots__": cls.__dict__["__slots__"],
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"_Open{cls.__name__}", cls.__bases__, inside)


def _asked(fields: Iterable[dataclasses.Field[Any]], names: dict[str, Any]) -> str:
    """The parameters of ``__init__``. What they need is put into ``names``."""
    plain: list[str] = []
    named: list[str] = []
    for field in fields:
        text = field.name
        if field.default_factory is not dataclasses.MISSING:
            names[f"_make_{field.name}"] = field.default_factory
        if _value(field) != field.name or field.default is not dataclasses.MISSING:
            names[f"_of_{field.name}"] = field.default  # MISSING: the factory makes one
            text += f"=_of_{field.name}"
        (named if field.kw_only else plain).append(text)
    return ", ".join([*plain, *(["*", *named] if named else [])])


def _value(field: dataclasses.Field[Any]) -> str:
    name = field.name
    if field.default_factory is dataclasses.MISSING:
        return name
    return f"_make_{name}() if {name} is _of_{name} else {name}"


def _copier(cls: type) -> Any:
    """What gives an object of the open twin with the fields of one of the class."""
    names = {"_new": object.__new__, "_open": _OPEN[cls]}
    fields = dataclasses.fields(cls)
    body = ["made = _new(_open)", *(f"made.{f.name} = old.{f.name}" for f in fields), "return made"]
    return _function("copied", "old", names, body)


def _function(name: str, asked: str, names: dict[str, Any], body: list[str]) -> Any:
    """A function of that text, as ``dataclass`` itself makes its methods."""
    exec(f"def {name}({asked}):\n " + "\n ".join(body), names)
    return names[name]


if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(thing: T, /, **changes: Any) -> T:
        """``dataclasses.replace``, for any dataclass."""
        kind = thing.__class__
        copied = _COPY.get(kind)
        if copied is None:
            if kind not in _OPEN:
                return dataclasses.replace(thing, **changes)
            copied = _COPY[kind] = _copier(kind)
        made = copied(thing)
        for name, value in changes.items():
            setattr(made, name, value)
        made.__class__ = kind
        return made
