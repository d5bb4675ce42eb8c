"""``[[pair]]`` tables into pairs: official pages that must state the same thing alike."""

from typing import Any

from monitor.config.document import Document
from monitor.config.guides import Named, resolve_sources
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import PairShape
from monitor.config.tables import read_part
from monitor.config.toml_lines import TomlPath
from monitor.model import Pair


def read_pairs(document: Document, named: Named) -> tuple[Pair, ...]:
    """All pairs of the file, as far as they can be read; what cannot be compared is a finding."""
    found: list[Pair] = []
    lines: dict[str, int] = {}
    for path, data in document.items("pair"):
        name = str(data.get("name"))
        subject = f'pair "{data.get("name", "?")}"'
        if name in lines and "name" in data:
            message = f"{subject} stands already on line {lines[name]}; give each pair a name of its own"
            document.report((*path, "name"), "duplicate_id", message)
        lines.setdefault(name, document.line(path))
        part = read_part(document, path, data, PairShape, subject=subject)
        facts = _facts(document, path, data, part.value, named, subject)
        if not any(part.is_faulty(key) for key in ("fact", "facts", "sources")):
            _check_facts(document, path, facts, data, named, subject)
        shape = part.value
        found.append(Pair(name=shape.name, facts=facts, where=shape.where, title=shape.title or shape.name))
    return tuple(found)


def _facts(
    document: Document, path: TomlPath, data: dict[str, Any], shape: PairShape, named: Named, subject: str
) -> dict[str, str]:
    """The pattern of each source: ``fact`` for all ``sources``, or one for each in ``facts``."""
    unknown = [name for name in shape.facts if name not in named]
    for name in unknown:
        message = f'{subject}: there is no source "{name}"{did_you_mean(name, [*named])}'
        document.report((*path, "facts", name), "unknown_source", message)
    own = {source: pattern for name, pattern in shape.facts.items() for source in named.get(name, ())}
    shared = resolve_sources(document, path, data, named, subject)
    return {**(dict.fromkeys(shared, shape.fact) if shape.fact else {}), **own}


def _check_facts(
    document: Document, path: TomlPath, facts: dict[str, str], data: dict[str, Any], named: Named, subject: str
) -> None:
    if data.get("sources") and "fact" not in data:
        document.report(
            (*path, "sources"), "missing_key", f'{subject}: "sources" needs "fact": what should they state?'
        )
    pages = {written for written in (*data.get("sources", ()), *data.get("facts", ())) if written in named}
    if len(pages) < 2 and not document_has_unknown(data, named):  # noqa: PLR2004 - two pages make a pair
        message = f'{subject}: name at least two pages, in "sources" with one "fact" or each with its own in "facts"'
        document.report(path, "missing_key", message)
    kinds = {pattern.partition(":")[0] for pattern in facts.values()}
    if len(kinds) > 1:
        message = f"{subject}: facts of kind {' and '.join(sorted(kinds))} cannot be compared; take one kind"
        document.report((*path, "facts"), "bad_value", message)


def document_has_unknown(data: dict[str, Any], named: Named) -> bool:
    """Whether a table names a source that does not exist, which is told already."""
    return any(written not in named for written in (*data.get("sources", ()), *data.get("facts", ())))
