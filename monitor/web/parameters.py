"""The parameters of the API, each declared once: how it is described, and how it is read from an address."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from monitor.errors import UsageError

Schema = Mapping[str, Any]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Parameter(Struct, frozen=True, kw_only=True):
    """One query parameter; ``read`` gives its value or raises ValueError with what it should have been."""

    name: str
    about: str
    schema: Schema
    read: Callable[[str], Any]


def text(name: str, about: str, *, longest: int = 200) -> Parameter:
    """Any words."""

    def read(given: str) -> str:
        if not 1 <= len(given) <= longest:
            raise ValueError(f"1 to {longest} characters")
        return given

    return Parameter(name=name, about=about, schema={"type": "string", "minLength": 1, "maxLength": longest}, read=read)


def word(name: str, about: str, pattern: str) -> Parameter:
    """Words of one pattern (as JSON Schema and Python both understand it)."""
    known = re.compile(pattern, re.ASCII)

    def read(given: str) -> str:
        if known.fullmatch(given) is None:
            raise ValueError(f"what fits {pattern}")
        return given

    return Parameter(name=name, about=about, schema={"type": "string", "pattern": f"^{pattern}$"}, read=read)


def choice(name: str, about: str, values: Sequence[str]) -> Parameter:
    """One of these values."""

    def read(given: str) -> str:
        if given not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return given

    return Parameter(name=name, about=about, schema={"type": "string", "enum": list(values)}, read=read)


def number(name: str, about: str, *, usual: int, most: int) -> Parameter:
    """A whole number from 1."""

    def read(given: str) -> int:
        if not given.isascii() or not given.isdecimal() or not 1 <= int(given[:9]) <= most:
            raise ValueError(f"a whole number from 1 to {most}")
        return int(given)

    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": usual}
    return Parameter(name=name, about=about, schema=schema, read=read)


def day(name: str, about: str, *, end: bool = False) -> Parameter:
    """A date; its first moment in UTC, or with ``end`` its last."""

    def read(given: str) -> dt.datetime:
        if _DAY.fullmatch(given) is None:
            raise ValueError("a date, YYYY-MM-DD")
        moment = dt.time.max if end else dt.time()
        return dt.datetime.combine(dt.date.fromisoformat(given), moment, dt.UTC)

    return Parameter(name=name, about=about, schema={"type": "string", "format": "date"}, read=read)


def read_all(parameters: Sequence[Parameter], given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The values given, or the usual ones, by name.

    Raises UsageError for an unknown or repeated name, or for a value that does not fit.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for name, value in given:
        if name not in known:
            raise UsageError(f"There is no parameter {name!r}; there are {', '.join(known) or 'none'}.")
        if name in values:
            raise UsageError(f"The parameter {name} is given twice.")
        try:
            values[name] = known[name].read(value)
        except ValueError as error:
            raise UsageError(f"The parameter {name} takes {error}.") from error
    usual = {name: item.schema["default"] for name, item in known.items() if "default" in item.schema}
    return usual | values
