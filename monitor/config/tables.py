"""One TOML table as its shape, key by key: what cannot be read is a finding and hides nothing of what can."""

import copy
import dataclasses
import json
import re
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.document import Document
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import Shape
from monitor.config.toml_lines import TomlPath

T = TypeVar("T")
S = TypeVar("S", bound=Shape)

_WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false, without quotes",
    "bool_parsing": "true or false, without quotes",
    "tuple_type": "a list in [ ]",
    "list_type": "a list in [ ]",
    "set_type": "a list in [ ]",
    "frozen_set_type": "a list in [ ]",
    "model_type": "a table in { }",
    "dict_type": "a table in { }",
    "dataclass_type": "a table in { }",
    "string_too_short": "some text, not empty",
    "date_parsing": "a date such as 2027-03-01",
    "date_from_datetime_parsing": "a date such as 2027-03-01",
}


_BOUNDS = {
    "too_short": "takes at least {min_length} in its list, found {actual_length}",
    "too_long": "takes at most {max_length} in its list, found {actual_length}",
    "greater_than_equal": "must be at least {ge}, found {given}",
    "greater_than": "must be more than {gt}, found {given}",
    "less_than_equal": "must be at most {le}, found {given}",
    "less_than": "must be less than {lt}, found {given}",
}


class Part(Struct, Generic[S], frozen=True, kw_only=True):
    """What could be read of a table: ``value`` has a default or stand-in for everything below a path of ``faulty``."""

    value: S
    faulty: frozenset[TomlPath]

    def is_faulty(self, *path: str) -> bool:
        """Whether this key, something in it, or something around it could not be read."""
        return any(found[: len(path)] == path[: len(found)] for found in self.faulty)


def read_part(
    document: Document,
    path: TomlPath,
    data: dict[str, Any],
    shape: type[S],
    *,
    subject: str,
    also: Collection[str] = (),
) -> Part[S]:
    """The data at this path as a ``shape``, as far as it can be read; the rest are findings.

    ``also`` names keys of the top table that something else checks. Unknown keys are findings wherever they stand.
    """
    _report_unknown_keys(document, path, data, shape, subject, also)
    found, faulty = _read(document, path, data, shape, subject, shape.stand_ins)
    return Part(value=shape.model_construct() if found is None else found, faulty=frozenset(faulty))


def parse(document: Document, path: TomlPath, data: Any, shape: type[T], *, subject: str) -> T | None:
    """The data at this path as an extractor's declaration; None, with all its findings, when it does not fit."""
    if data == {} and (blank := _find_blank(typing.cast("Any", shape))) is not None:
        return typing.cast("T", blank)
    before = len(document.findings)
    _report_unknown_keys(document, path, data, shape, subject, ())
    found, _ = _read(document, path, data, shape, subject, {})
    return found if len(document.findings) == before else None


def texts_of(data: Any, key: str) -> list[tuple[int, str]]:
    """The texts in the list that stands under this key, with their positions; what is no text is left out."""
    listed = data.get(key) if isinstance(data, dict) else None
    return (
        [(number, item) for number, item in enumerate(listed) if isinstance(item, str)]
        if isinstance(listed, list)
        else []
    )


def _report_unknown_keys(
    document: Document, path: TomlPath, data: Any, shape: Any, subject: str, also: Collection[str]
) -> None:
    for place, message in _unknown_keys(shape, data, (), also):
        document.report(path + place, "unknown_key", f"{subject}: {message}")


def _read(
    document: Document, path: TomlPath, data: Any, shape: type[T], subject: str, stand_ins: Mapping[str, Any]
) -> tuple[T | None, set[TomlPath]]:
    """The data without what is faulty as a shape, and the paths left out; None when that still does not fit."""
    faulty = set[TomlPath]()
    try:
        return _validate(data, shape), faulty
    except ValidationError:
        left = copy.deepcopy(data)
    while True:
        try:
            return _validate(left, shape), faulty
        except ValidationError as error:
            details = error.errors(include_url=False)
        places = {_place(left, detail) for detail in details}
        for detail in details:
            # What only turns up once other things are left out may follow from that; a bad expression never does.
            if not faulty or _bad_pattern(left, detail):
                document.report(path + _told_at(left, detail), *_telling(detail, subject))
        if not _leave_out(left, places, stand_ins):
            return None, faulty | places
        faulty |= places


def _validate(data: Any, shape: type[T]) -> T:
    adapter: TypeAdapter[T] = _adapter(typing.cast("Any", shape))
    return adapter.validate_json(json.dumps(data, default=_as_text), strict=True)


@cache
def _find_blank(shape: Any) -> object:
    """The shape made of nothing, which most sources ask for; None when it cannot be made so."""
    try:
        return _validate({}, shape)
    except ValidationError:
        return None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _as_text(value: Any) -> str:
    return str(value.isoformat())


def _telling(detail: ErrorDetails, subject: str) -> tuple[str, str]:
    code = "missing_key" if detail["type"] == "missing" else "bad_value"
    return code, f"{subject}: {_explain(detail)}"


def _told_at(data: Any, detail: ErrorDetails) -> TomlPath:
    return _bad_pattern(data, detail) or detail["loc"]


def _place(data: Any, detail: ErrorDetails) -> TomlPath:
    """The path of what has to go for this problem to go: the deepest thing there is, or a missing key of the table."""
    if pattern := _bad_pattern(data, detail):
        return pattern
    place: TomlPath = ()
    for step in detail["loc"]:
        inside = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
        if step not in inside:
            break
        data, place = data[step], (*place, step)
    return place or detail["loc"][:1]


def _bad_pattern(data: Any, detail: ErrorDetails) -> TomlPath | None:
    """Where the text stands that a whole table is refused for, as no regular expression."""
    if detail["type"] != "value_error" or not isinstance(detail["input"], dict):
        return None
    message = str(detail.get("ctx", {}).get("error"))
    bad = ((place, text) for place, text in _texts(data) if not _is_regex(text))
    return next((place for place, text in bad if message.startswith(repr(text))), None)


def _texts(data: Any, place: TomlPath = ()) -> Iterator[tuple[TomlPath, str]]:
    if isinstance(data, str):
        yield place, data
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        members = data.items()
    elif isinstance(data, list):
        members = enumerate(data)
    for step, member in members:
        if isinstance(step, str):
            yield (*place, step), step
        yield from _texts(member, (*place, step))


def _leave_out(data: Any, places: Collection[TomlPath], stand_ins: Mapping[str, Any]) -> bool:
    """Take these out of the data, putting stand-ins for missing keys; False when that cannot help."""
    if not isinstance(data, dict) or () in places:
        return False
    for place in sorted(places, key=_by_position, reverse=True):
        if len(place) == 1 and place[0] not in data:
            if place[0] not in stand_ins:
                return False
            data[place[0]] = stand_ins[str(place[0])]
        elif not any(place[:end] in places for end in range(1, len(place))):
            _delete(data, place)
    return True


def _by_position(place: TomlPath) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in place]


def _delete(data: Any, place: TomlPath) -> None:
    for step in place[:-1]:
        data = data[step]
    del data[place[-1]]


def _explain(detail: ErrorDetails) -> str:
    name = ".".join(part for part in detail["loc"] if isinstance(part, str) and part != "[key]") or "it"
    kind, given = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "missing":
        return f'"{name}" is missing'
    if kind == "value_error":
        return f'"{name}": {context["error"]}'
    if kind in {"enum", "literal_error"}:
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        return f'"{name}": {given!r} is not known{did_you_mean(str(given), choices)}'
    if kind == "pattern_regex":
        return f'"{name}": {given!r} is no regular expression: {_regex_problem(str(given))}'
    if kind in _WANTED or kind in _BOUNDS:
        return f'"{name}" {_bound(kind, {**context, "given": given})}'
    return f'"{name}": {detail["msg"][0].lower()}{detail["msg"][1:]}'


def _bound(kind: str, context: dict[str, Any]) -> str:
    return _BOUNDS[kind].format(**context) if kind in _BOUNDS else f"must be {_WANTED[kind]}"


def _regex_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return "it cannot be compiled"


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _unknown_keys(
    annotation: Any, data: Any, place: TomlPath, also: Collection[str] = ()
) -> Iterator[tuple[TomlPath, str]]:
    """Every key in the data that no table of this type knows, with a sentence about it."""
    if not isinstance(data, dict | list):
        return
    known = _known_keys(annotation)
    if known is None:
        for inner in typing.get_args(annotation):
            for step, member in _members(annotation, data):
                yield from _unknown_keys(inner, member, place + step)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in known:
                yield from _unknown_keys(known[key], value, (*place, key))
            elif key not in also:
                yield (*place, key), f'"{key}" is not a key here{did_you_mean(key, [*known, *also])}'


@cache
def _known_keys(annotation: Any) -> dict[str, Any] | None:
    """The keys of a table with their types; None for a type that is no table of named keys."""
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, BaseModel):
        return {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return {field.name: hints[field.name] for field in dataclasses.fields(annotation)}
    return None


def _members(annotation: Any, data: Any) -> list[tuple[TomlPath, Any]]:
    """What the type arguments speak of: the members of a list or mapping, or the data itself for a union."""
    origin = typing.get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [((key,), value) for key, value in data.items()] if isinstance(data, dict) else []
    if isinstance(origin, type) and issubclass(origin, Collection):
        return [((number,), value) for number, value in enumerate(data)] if isinstance(data, list) else []
    return [((), data)]
