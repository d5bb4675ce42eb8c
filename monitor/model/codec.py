"""Between the structs of the vocabulary and plain JSON: dates as ISO, times in UTC with Z, money as strings."""

from typing import Any, TypeVar

import msgspec

from monitor.model.facts import VALUE_TYPES, FactKind, Value
from monitor.model.plain import JsonObject

T = TypeVar("T")


def to_plain(thing: Any) -> Any:
    """The thing as dicts, lists and scalars that any JSON encoder takes."""
    return msgspec.to_builtins(thing)


def to_json(thing: Any) -> str:
    """The thing as compact JSON text."""
    return msgspec.json.encode(thing).decode()


def from_json(text: str | bytes, kind: type[T]) -> T:
    """The struct ``kind`` read from JSON text; raises msgspec.ValidationError when it does not fit."""
    return msgspec.json.decode(text, type=kind)


def from_plain(data: Any, kind: type[T]) -> T:
    """The struct ``kind`` made from plain data; raises msgspec.ValidationError when it does not fit."""
    return msgspec.convert(data, type=kind)


def value_to_plain(value: Value) -> JsonObject:
    """A typed value as a JSON object with every field of its shape."""
    plain: JsonObject = msgspec.to_builtins(value)
    return plain


def value_from_plain(kind: FactKind, data: Any) -> Value:
    """The typed value of this kind."""
    return msgspec.convert(data, type=VALUE_TYPES[kind])
