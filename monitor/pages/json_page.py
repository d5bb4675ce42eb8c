"""A JSON body → Page: the parsed document, and a canonical text that layout and key order do not change."""

import json
import re
from typing import Any, NoReturn

import msgspec

from monitor.errors import PageError
from monitor.model import Json, Page, Snapshot, Source, content_sha256
from monitor.pages.dates import find_dates
from monitor.pages.decode import decode_body
from monitor.pages.markers import as_marker

_PLACEHOLDER = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|NULL!|DIV/0!|NUM!)")
_GLOB = "*"


def read_json(snapshot: Snapshot, source: Source) -> Page:
    """The page in a JSON snapshot: ``data`` without what ``scope.drop`` names and without the update marker.

    Raises PageError ``empty_body``, ``html_not_json``, ``placeholder``, ``truncated`` or ``not_json``.
    """
    data = _parse(decode_body(snapshot))
    marker = _find_marker(data, source.marker)
    stamps = (source.marker, f"{_GLOB}.{source.marker}") if source.marker else ()
    for pattern in (*source.scope.drop, *stamps):
        _drop(data, tuple(pattern.split(".")))
    text = canonical_json(data)
    return Page(
        title=source.title,
        final_url=snapshot.final_url,
        canonical_url=None,
        language=None,
        update_marker=marker,
        blocks=(),
        text=text,
        sha256=content_sha256(text),
        data=data,
    )


def canonical_json(data: Json) -> str:
    """The document indented by one, keys sorted, non-ASCII as it is."""
    return msgspec.json.format(msgspec.json.encode(data, order="sorted"), indent=1).decode()


def is_placeholder(text: str) -> bool:
    """Whether a text starts as a spreadsheet's error value (``#N/A``), which stands where data is due."""
    return bool(_PLACEHOLDER.match(text))


def _parse(text: str) -> Json:
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise PageError("The body is empty.", code="empty_body")
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return _parse_tolerantly(text)
    except RecursionError:
        raise PageError("The JSON is nested too deeply to be read.", code="not_json") from None


def _decode(text: str) -> Json:
    data = msgspec.json.decode(text)
    return _without_nul(data) if "\\u0000" in text else data


def _without_nul(data: Any) -> Any:
    """The document without the character that no text means and not every database takes."""
    if isinstance(data, str):
        return data.replace("\0", "")
    if isinstance(data, dict):
        return {key.replace("\0", ""): _without_nul(value) for key, value in data.items()}
    return [_without_nul(item) for item in data] if isinstance(data, list) else data


def _parse_tolerantly(text: str) -> Json:
    """What strict parsing refused: NaN and infinities become null, raw control characters stay, lone surrogates go."""
    try:
        data = json.loads(text, strict=False, parse_constant=lambda _name: None)
        clean = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        return _decode(clean.decode())
    except json.JSONDecodeError as error:
        _refuse(text, error)
    except (RecursionError, ValueError, msgspec.DecodeError) as error:
        raise PageError(f"The body is no JSON document: {error}", code="not_json") from None


def _refuse(text: str, error: json.JSONDecodeError) -> NoReturn:
    if text.startswith("<"):
        raise PageError("The body is an HTML page where JSON is due.", code="html_not_json") from None
    if _PLACEHOLDER.match(text, error.pos):
        raise PageError("The JSON holds a spreadsheet's error value instead of data.", code="placeholder") from None
    is_cut = text[0] in "{[" and (error.pos >= len(text) or error.msg.startswith("Unterminated string"))
    if is_cut:
        raise PageError("The JSON ends in the middle.", code="truncated") from None
    raise PageError(f"The body is no JSON document: {error.msg} at character {error.pos}.", code="not_json") from None


def _children(data: Any, name: str) -> list[Any]:
    """The keys or indexes of ``data`` that one part of a dotted glob names."""
    if isinstance(data, dict):
        if name == _GLOB:
            return list(data)
        return [name] if name in data else []
    if isinstance(data, list):
        if name == _GLOB:
            return list(range(len(data)))
        return [int(name)] if name.isdecimal() and int(name) < len(data) else []
    return []


def _drop(data: Any, parts: tuple[str, ...]) -> None:
    first, rest = parts[0], parts[1:]
    for key in reversed(_children(data, first)):
        if rest:
            _drop(data[key], rest)
        else:
            del data[key]


def _find(data: Any, parts: tuple[str, ...]) -> list[Any]:
    if not parts:
        return [data]
    return [found for key in _children(data, parts[0]) for found in _find(data[key], parts[1:])]


def _find_marker(data: Json, marker: str | None) -> str | None:
    """The stamp at the dotted key, at the top or one key below; of several the newest date, else the first words."""
    if not marker:
        return None
    parts = tuple(marker.split("."))
    found = _find(data, parts) or _find(data, (_GLOB, *parts))
    words = [str(stamp) for stamp in found if isinstance(stamp, str | int)]
    dated = [word for word in words if find_dates(word)]
    if dated:
        return max(as_marker(word) for word in dated)
    return as_marker(words[0]) if words else None
