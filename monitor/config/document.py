"""A TOML file being checked: its data, the line of everything in it, and the findings gathered on the way."""

import dataclasses
import json
import re
import tomllib
import typing
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.scalars import did_you_mean
from monitor.config.toml_lines import TomlPath, error_line, find_lines
from monitor.errors import Finding

T = TypeVar("T")

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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One TOML file; ``findings`` is shared by all files of one configuration and grows."""

    path: Path
    data: dict[str, Any]
    lines: dict[TomlPath, int]
    findings: list[Finding]

    def line(self, path: TomlPath) -> int:
        """The line of the nearest table or key at or above this path."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: TomlPath, code: str, message: str) -> None:
        """Add a finding at this place."""
        self.findings.append(Finding(file=str(self.path), line=self.line(path), code=code, message=message))

    def items(self, name: str) -> list[tuple[TomlPath, dict[str, Any]]]:
        """The tables written as ``[[name]]`` with their paths; nothing when something else stands there."""
        found = self.data.get(name)
        members = found if isinstance(found, list) else []
        return [((name, number), item) for number, item in enumerate(members) if isinstance(item, dict)]

    def check_tables(self, *, single: Collection[str], many: Collection[str], keys: Collection[str] = ()) -> None:
        """Report what stands at the top of the file and is neither of these tables nor one of these keys."""
        known = [*single, *many, *keys]
        for name, value in self.data.items():
            if name in many and len(self.items(name)) != (len(value) if isinstance(value, list) else -1):
                self.report((name,), "bad_value", f"write each {name} as a table of its own under [[{name}]]")
            elif name not in known:
                self.report((name,), "unknown_key", f'"{name}" is not known here{did_you_mean(name, known)}')

    def table(self, name: str) -> dict[str, Any]:
        """The table ``[name]``, empty when absent; reports anything else that stands there."""
        found = self.data.get(name, {})
        if not isinstance(found, dict):
            self.report((name,), "bad_value", f"{name} must be a table: write [{name}]")
            return {}
        return found


def read_document(path: Path, findings: list[Finding]) -> Document | None:
    """The file as a document; None, with a finding, when it cannot be read or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = Finding(file=str(path), line=None, code="missing_file", message=f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        problem = Finding(file=str(path), line=line, code="not_utf8", message="is not UTF-8; save it as UTF-8")
    else:
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message = f"is not valid TOML: {error}"
            problem = Finding(file=str(path), line=error_line(error, text), code="toml_syntax", message=message)
        else:
            return Document(path=path, data=data, lines=find_lines(text), findings=findings)
    findings.append(problem)
    return None


def parse(
    document: Document, path: TomlPath, data: Any, shape: type[T], *, subject: str, also: Collection[str] = ()
) -> T | None:
    """The data at this path as a ``shape`` (pydantic model or dataclass); None, with findings, when it does not fit.

    ``also`` names keys of the top table that something else checks. Unknown keys are findings wherever they stand.
    """
    before = len(document.findings)
    result: T | None = None
    for place, message in _unknown_keys(shape, data, (), also):
        document.report(path + place, "unknown_key", f"{subject}: {message}")
    try:
        result = _adapter(typing.cast("Any", shape)).validate_json(json.dumps(data, default=_as_text), strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            code = "missing_key" if detail["type"] == "missing" else "bad_value"
            document.report(path + detail["loc"], code, f"{subject}: {_explain(detail)}")
    except re.error as error:
        document.report(path, "bad_value", f"{subject}: {error.pattern!r} is no regular expression: {error}")
    return result if len(document.findings) == before else None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _as_text(value: Any) -> str:
    return str(value.isoformat())


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
    if kind in _WANTED:
        return f'"{name}" must be {_WANTED[kind]}'
    return f'"{name}": {detail["msg"][0].lower()}{detail["msg"][1:]}'


def _regex_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return "it cannot be compiled"


def _unknown_keys(
    annotation: Any, data: Any, place: TomlPath, also: Collection[str] = ()
) -> Iterator[tuple[TomlPath, str]]:
    """Every key in the data that no table of this type knows, with a sentence about it."""
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
