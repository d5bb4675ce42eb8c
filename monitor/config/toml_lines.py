"""Where things stand in a TOML text: the line of every table, key and array item, which tomllib does not tell.

The text must already have been accepted by tomllib; this only follows its structure.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct, field

TomlPath: TypeAlias = tuple[str | int, ...]
"""Keys and array positions from the root, as in ``("source", 3, "scope", "keep", 0)``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_ERROR_LINE = re.compile(r"\bline (\d+)")


@lru_cache(maxsize=4)  # one file after the other is asked about, many times, or not at all
def find_lines(text: str) -> Mapping[TomlPath, int]:
    """The line (from 1) on which each table, key and array item of a valid TOML text first stands."""
    scan = _Scan(text=text)
    prefix: TomlPath = ()
    scan.skip_blank()
    while scan.at < len(text):
        if text[scan.at] == "[":
            prefix = scan.header()
        else:
            scan.key_value(prefix)
        scan.skip_blank()
    return scan.lines


def error_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line of a TOML syntax error; the last line when the text ended too early."""
    number: int | None = getattr(error, "lineno", None)
    if number is None and (match := _ERROR_LINE.search(str(error))):
        number = int(match[1])
    return number or len(text.rstrip().splitlines()) or 1


class _Scan(Struct, kw_only=True):
    """A position moving through the text, and what it has met."""

    text: str
    at: int = 0
    lines: dict[TomlPath, int] = field(default_factory=dict)
    last_item: dict[TomlPath, int] = field(default_factory=dict)
    _line: int = 1
    _counted: int = 0

    def note(self, path: TomlPath, at: int) -> None:
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        self.lines.setdefault(path, self._line)

    def skip_blank(self) -> None:
        self.at = self._end(_BLANK)

    def header(self) -> TomlPath:
        """Reads ``[a.b]`` or ``[[a.b]]``; returns the path that the keys below it start from."""
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        names = self.dotted_key()
        self.at += 2 if is_array else 1
        path = self._walk((), names[:-1], start)
        path = (*path, names[-1])
        self.note(path, start)
        if is_array:
            self.last_item[path] = self.last_item.get(path, -1) + 1
        path = self._into_item(path)
        self.note(path, start)
        return path

    def key_value(self, prefix: TomlPath) -> None:
        start = self.at
        names = self.dotted_key()
        path = self._walk(prefix, names, start)
        self.at += 1
        self.value(path)

    def dotted_key(self) -> list[str]:
        names = []
        while True:
            self.skip_blank()
            names.append(self._key())
            self.skip_blank()
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def value(self, path: TomlPath) -> None:
        self.skip_blank()
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self.at = self._end(_STRING)
            case _:
                self.at = self._end(_SCALAR)

    def _array(self, path: TomlPath) -> None:
        number = 0
        while self._next_member("]"):
            self.note((*path, number), self.at)
            self.value((*path, number))
            number += 1

    def _inline_table(self, path: TomlPath) -> None:
        while self._next_member("}"):
            self.key_value(path)

    def _next_member(self, closing: str) -> bool:
        """Moves past the opening bracket or the comma; False, and past the bracket, when nothing more stands inside."""
        self.skip_blank()
        if self.text[self.at] != closing:
            self.at += 1
            self.skip_blank()
        if self.text[self.at] == closing:
            self.at += 1
            return False
        return True

    def _walk(self, prefix: TomlPath, names: list[str], start: int) -> TomlPath:
        path = prefix
        for name in names:
            path = self._into_item((*path, name))
            self.note(path, start)
        return path

    def _into_item(self, path: TomlPath) -> TomlPath:
        return (*path, self.last_item[path]) if path in self.last_item else path

    def _key(self) -> str:
        start = self.at
        if self.text[start] in "\"'":
            self.at = self._end(_STRING)
            quoted = self.text[start : self.at]
            return str(tomllib.loads(f"key = {quoted}")["key"])
        self.at = self._end(_BARE_KEY)
        return self.text[start : self.at]

    def _end(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not TOML at offset {self.at}")
        return match.end()
