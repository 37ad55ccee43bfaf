"""``dataclass`` and ``replace`` of the standard library, quicker where a class is frozen.

A walk makes dozens of frozen objects for each packet, and setting a field past the class's own
``__setattr__`` is dear: it was a third of a walk. Here the object is of an open twin, a class with
the same slots, while its fields are set, and of its own class from then on.

The library also writes and compiles six methods for each class: with 600 classes that was half of
the time until a command begins. Here all classes share them, and ``__init__`` is written when the
first object of a class is made. What a class can do, and that nobody changes what it makes, is
the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
_Fields = tuple["dataclasses.Field[Any]", ...]

_COPY: dict[type, Callable[[Any], Any]] = {}  # made when one is first replaced
_OPEN: dict[type, type] = {}  # the open twin of each class that had to have one


# ---- what all frozen classes share ---------------------------------------------------------


def _setattr(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _repr(self: object) -> str:
    told = (
        f"{field.name}={getattr(self, field.name)!r}"
        for field in dataclasses.fields(self)  # type: ignore[arg-type]
        if field.repr
    )
    return f"{self.__class__.__qualname__}({', '.join(told)})"


def _getstate(self: object) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]  # type: ignore[arg-type]


def _setstate(self: object, state: Iterable[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):  # type: ignore[arg-type]
        object.__setattr__(self, field.name, value)


_SHARED: dict[str, Callable[..., Any]] = {
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__repr__": _repr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}


# ---- one class -----------------------------------------------------------------------------


def _frozen(cls: type[T], kw_only: bool) -> type[T]:
    """As ``dataclasses.dataclass(frozen=True, slots=True)`` would make it."""
    own = dict(cls.__dict__)
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else the library looks for the signature, which takes long
    # To the library it is not frozen, for it would write the methods for that.
    made: Any = dataclasses.dataclass(
        init=False, repr=False, eq=False, kw_only=kw_only, slots=True
    )(cls)
    fields = dataclasses.fields(made)
    for name, shared in (_SHARED | _compared(made, fields)).items():
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(made, name, shared)

    def first(self: Any, *args: Any, **named: Any) -> None:
        made.__init__ = _init(made, fields)
        made.__init__(self, *args, **named)

    made.__init__ = first
    closed: type[T] = made
    return closed


def _compared(cls: type, fields: _Fields) -> dict[str, Callable[..., Any]]:
    """Two are equal when they are of the same class and so are their fields."""
    names = [field.name for field in fields if field.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def equal(self: object, other: object) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": __hash__}


def _open_twin(cls: type) -> type:
    """A class of the same layout whose fields may be set in the ordinary way."""
    if cls not in _OPEN:
        inside = {
            "__slots__": cls.__dict__["__slots__"],
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        }
        _OPEN[cls] = type(f"_Open{cls.__name__}", cls.__bases__, inside)
    return _OPEN[cls]


def _init(cls: type, fields: _Fields) -> Callable[..., None]:
    """Its ``__init__``, with the parameters that the library would give it."""
    names: dict[str, Any] = {
        "_closed": cls,
        "_open": _open_twin(cls),
        "_become": object.__setattr__,
        "_slowly": _slowly,
    }
    values = [(field.name, _value(field)) for field in fields]
    given = ", ".join(f"({name!r}, {value})" for name, value in values)
    body = [
        "if self.__class__ is not _closed:",  # a class below it has other slots
        f" _slowly(self, [{given}])",
        "else:",
        " _become(self, '__class__', _open)",
        *(f" self.{name} = {value}" for name, value in values),
        " self.__class__ = _closed",
        *(["self.__post_init__()"] if hasattr(cls, "__post_init__") else []),
    ]
    made: Callable[..., None] = _function("__init__", _asked(fields, names), names, body)
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _slowly(self: object, values: Iterable[tuple[str, object]]) -> None:
    for name, value in values:
        object.__setattr__(self, name, value)


def _asked(fields: _Fields, names: dict[str, Any]) -> str:
    """The parameters of ``__init__``. What they need is put into ``names``."""
    plain: list[str] = []
    named: list[str] = []
    for field in fields:
        text = field.name
        if field.default_factory is not MISSING:
            names[f"_make_{text}"] = field.default_factory
        if _value(field) != field.name or field.default is not MISSING:
            names[f"_of_{field.name}"] = field.default  # MISSING: the factory makes one
            text += f"=_of_{field.name}"
        (named if field.kw_only else plain).append(text)
    return ", ".join(["self", *plain, *(["*", *named] if named else [])])


def _value(field: dataclasses.Field[Any]) -> str:
    name = field.name
    if field.default_factory is MISSING:
        return name
    return f"_make_{name}() if {name} is _of_{name} else {name}"


def _copier(cls: type) -> Callable[[Any], Any]:
    """What gives an object of the open twin with the fields of one of the class."""
    names = {"_new": object.__new__, "_open": _open_twin(cls)}
    fields = dataclasses.fields(cls)
    body = ["made = _new(_open)", *(f"made.{f.name} = old.{f.name}" for f in fields), "return made"]
    copied: Callable[[Any], Any] = _function("copied", "old", names, body)
    return copied


def _function(name: str, asked: str, names: dict[str, Any], body: list[str]) -> Any:
    """A function of that text, as the library makes its own."""
    exec(f"def {name}({asked}):\n " + "\n ".join(body), names)
    return names[name]


# ---- what stands for the library's ---------------------------------------------------------

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
        **other: bool,
    ) -> Any:
        """``dataclasses.dataclass``. A class that may be referred to weakly is left to it: such a
        one has no twin of the same layout."""

        def made(cls: type) -> type:
            if frozen and slots and not other and all(map(_is_plain, cls.__dict__.values())):
                return _frozen(cls, kw_only)
            other.update(frozen=frozen, slots=slots, kw_only=kw_only)
            return dataclasses.dataclass(**other)(cls)

        return made if cls is None else made(cls)

    def _is_plain(value: object) -> bool:
        """A field that ``__init__`` does not take is left to the library."""
        return not isinstance(value, dataclasses.Field) or value.init

    def replace(thing: T, /, **changes: Any) -> T:
        """``dataclasses.replace``."""
        kind = thing.__class__
        copied = _COPY.get(kind)
        if copied is None:
            if kind not in _OPEN or hasattr(kind, "__post_init__"):
                return dataclasses.replace(thing, **changes)
            copied = _COPY[kind] = _copier(kind)
        made = copied(thing)
        for name, value in changes.items():
            setattr(made, name, value)
        made.__class__ = kind
        return made
