"""Writes drafted assumptions down: as the TOML of a guide, ready to paste, and as plain data."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from monitor.model import Expect, Severity, Watch
from monitor.suggest.drafting import Suggestion


def write_toml(found: Sequence[Suggestion]) -> str:
    """The ``[[assumption]]`` tables of a guide, each under a comment: its line, its verdict now, how sure it is."""
    return "\n".join(_table(item) for item in found)


def _table(item: Suggestion) -> str:
    draft = item.assumption
    verdict = item.verdict
    now = f"now {verdict.verdict}" + (f", found {_one_line(verdict.found)}" if verdict.found else "")
    lines = [
        f"# line {item.line}: {item.kind}; {now}; confidence {item.confidence}",
        "[[assumption]]",
        f"id = {_toml(draft.id)}",
        f"claim = {_toml(draft.claim)}",
        f"quote = {_toml(draft.quote)}" if draft.quote else "",
        f"sources = {_toml(item.sources)}",
        f"expect = {_toml(expect_shape(draft.expect))}" if draft.expect else "",
        f"watch = {_toml(_watched(draft.watch))}" if draft.watch else "",
        f"severity = {_toml(str(draft.severity))}" if draft.severity != Severity.NOTICE else "",
    ]
    return "\n".join(filter(None, lines)) + "\n"


def suggestion_shape(item: Suggestion) -> dict[str, Any]:
    """One suggestion as plain data; ``expect`` is null where only a person can judge."""
    draft = item.assumption
    return {
        "id": draft.id,
        "line": item.line,
        "claim": draft.claim,
        "kind": str(item.kind),
        "quote": draft.quote,
        "sources": list(item.sources),
        "expect": expect_shape(draft.expect) if draft.expect else None,
        "watch": _watched(draft.watch),
        "severity": str(draft.severity),
        "verdict": str(item.verdict.verdict),
        "found": item.verdict.found,
        "reasons": list(item.verdict.reasons),
        "confidence": str(item.confidence),
    }


def expect_shape(expect: Expect) -> dict[str, Any]:
    """The keys of ``expect`` as a guide writes them."""
    subject = {"phrase": expect.phrase} if expect.phrase is not None else {"fact": expect.fact}
    where = {"where": dict(expect.where)} if expect.where else {}
    return {**subject, **where, str(expect.operator): _plain(expect.operand)}


def _watched(watch: tuple[Watch, ...]) -> Any:
    """One scope as a table, several as a list of them, None for none."""
    shapes = [watch_shape(scope) for scope in watch]
    return shapes[0] if len(shapes) == 1 else shapes or None


def watch_shape(watch: Watch) -> dict[str, Any]:
    """The keys of ``watch`` that are not empty."""
    given = {"sources": watch.sources, "kinds": watch.kinds, "headings": watch.headings, "words": watch.words}
    return {name: list(values) for name, values in given.items() if values}


def _plain(operand: Any) -> Any:
    if isinstance(operand, timedelta):
        return f"{operand.days}d"
    return list(operand) if isinstance(operand, tuple) else operand


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _toml(value: Any) -> str:
    """A value in TOML; JSON's strings, numbers and lists are TOML's, but for the delete character."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
