"""A TOML file being checked: its text and data, and the findings gathered on the way."""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.config.scalars import did_you_mean
from monitor.config.toml_lines import TomlPath, error_line, find_lines
from monitor.errors import Finding

_LONG_NUMBER = re.compile(r"\d[\d_]{4000}")
_DEEP = re.compile(r"(?:[\[{][^\[\]{}\n]*){100}")


class Document(Struct, frozen=True, kw_only=True):
    """One TOML file; ``findings`` is shared by all files of one configuration and grows."""

    path: Path
    text: str
    data: dict[str, Any]
    findings: list[Finding]

    def line(self, path: TomlPath) -> int:
        """The line of the nearest table or key at or above this path."""
        lines = find_lines(self.text)
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1)

    def report(self, path: TomlPath, code: str, message: str) -> None:
        """Add a finding at this place."""
        self.findings.append(Finding(file=str(self.path), line=self.line(path), code=code, message=message))

    def items(self, name: str) -> list[tuple[TomlPath, dict[str, Any]]]:
        """The tables written as ``[[name]]`` with their paths, or a lone ``[name]``; nothing else that stands there."""
        found = self.data.get(name)
        if isinstance(found, dict):
            return [((name,), found)]
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
            return Document(path=path, text=text, data=tomllib.loads(text), findings=findings)
        except (ValueError, RecursionError) as error:
            problem = _syntax(path, text, error)
    findings.append(problem)
    return None


def _syntax(path: Path, text: str, error: ValueError | RecursionError) -> Finding:
    line: int | None
    # tomllib refuses most of what is wrong with an error of its own, but not numbers of thousands of digits.
    if isinstance(error, tomllib.TOMLDecodeError):
        line, reason = error_line(error, text), str(error)
    elif isinstance(error, ValueError):
        line, reason = _line_of(_LONG_NUMBER, text), "a number in it is too long"
    else:
        line, reason = _line_of(_DEEP, text), "it is nested too deeply"
    return Finding(file=str(path), line=line, code="toml_syntax", message=f"is not valid TOML: {reason}")


def _line_of(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None
