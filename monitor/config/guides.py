"""``guides/*.toml`` and the texts beside them into guides: what each takes for granted and expects."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from monitor.config.document import Document, read_document
from monitor.config.expectations import read_expect
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import AssumptionShape, GuideShape, WatchShape
from monitor.config.tables import read_part, texts_of
from monitor.config.toml_lines import TomlPath
from monitor.errors import Finding
from monitor.model import Assumption, Guide, Watch

Named: TypeAlias = Mapping[str, tuple[str, ...]]
"""The source ids that each source name stands for."""


def read_guides(folder: Path, named: Named | None, findings: list[Finding]) -> tuple[tuple[Guide, ...], frozenset[str]]:
    """All guides of the folder by file name, as far as they can be read, and what a channel may call them.

    ``named`` is None when the sources could not be read: then none is called unknown.
    """
    guides: list[Guide] = []
    files: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        document = read_document(path, findings)
        name = str(document.data.get("id", path.stem)) if document else path.stem
        if document is not None:
            if name in files and "id" in document.data:
                message = f'guide "{name}" stands already in {files[name]}; give each guide an id of its own'
                document.report(("id",), "duplicate_id", message)
            guides.append(_read_guide(document, named))
        files.setdefault(name, path)
    return tuple(guides), frozenset(files)


def _read_guide(document: Document, named: Named | None) -> Guide:
    subject = f'guide "{document.data.get("id", document.path.stem)}"'
    document.check_tables(single=(), many=("assumption",), keys=GuideShape.model_fields)
    own = {key: value for key, value in document.data.items() if key in GuideShape.model_fields}
    part = read_part(document, (), own, GuideShape, subject=subject)
    shape = part.value
    assumptions = _read_assumptions(document, named)
    text = None if part.is_faulty("text") else _read_text(document, shape.text, subject)
    if text is None:
        # Nothing can be said of quotes from a text that cannot be read.
        assumptions = tuple(replace(assumption, quote=None) for assumption in assumptions)
    return Guide(
        id=shape.id,
        title=shape.title,
        assumptions=assumptions,
        text=text or "",
        text_file=shape.text,
        file=str(document.path),
        owner=shape.owner,
        review_every=shape.review_every,
    )


def _read_text(document: Document, name: str | None, subject: str) -> str | None:
    """The guide's text, empty when it names none; None, with a finding, when it cannot be read."""
    if name is None:
        return ""
    path = document.path.parent / name
    try:
        if _is_outside(path, document.path.parent.parent):
            message = f"{subject}: its text {name} is outside the folder of the configuration; put it beside the guide"
            document.report(("text",), "outside_folder", message)
            return None
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{subject}: its text {path} cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = f"{subject}: its text {path} is not UTF-8; save it as UTF-8"
    except ValueError:
        message = f"{subject}: {name!r} is no file name"
    document.report(("text",), "missing_file", message)
    return None


def _is_outside(path: Path, folder: Path) -> bool:
    """Whether a text stands outside the folder that holds the configuration: it could be any file of the machine."""
    return not path.resolve().is_relative_to(folder.resolve())


def _read_assumptions(document: Document, named: Named | None) -> tuple[Assumption, ...]:
    found: list[Assumption] = []
    lines: dict[str, int] = {}
    for path, data in document.items("assumption"):
        name = str(data.get("id"))
        if name in lines and "id" in data:
            message = f'assumption "{name}" stands already on line {lines[name]}; give each an id of its own'
            document.report((*path, "id"), "duplicate_id", message)
        lines.setdefault(name, document.line(path))
        found.append(_read_assumption(document, path, data, named))
    return tuple(found)


def _read_assumption(document: Document, path: TomlPath, data: dict[str, Any], named: Named | None) -> Assumption:
    subject = f'assumption "{data.get("id", "?")}"'
    part = read_part(document, path, data, AssumptionShape, subject=subject, also=("watch",))
    shape = part.value
    sources = resolve_sources(document, path, data, named, subject)
    if "expect" in data and not data.get("sources"):
        document.report(path, "missing_key", f'{subject}: "expect" needs "sources": where should the fact stand?')
    if data.get("remind") and "date" not in data:
        document.report((*path, "remind"), "missing_key", f'{subject}: "remind" needs "date"')
    return Assumption(
        id=shape.id,
        claim=shape.claim,
        quote=shape.quote,
        sources=sources,
        expect=read_expect(document, path, data["expect"], part, subject) if "expect" in data else None,
        watch=_watches(document, (*path, "watch"), data.get("watch"), named, subject),
        because=shape.because,
        owner=shape.owner,
        severity=shape.severity,
        max_age=shape.max_age,
        date=shape.date,
        remind=shape.remind,
        line=document.line(path),
        lines={key: document.line((*path, key)) for key in data},
    )


def resolve_sources(
    document: Document, path: TomlPath, data: Any, named: Named | None, subject: str
) -> tuple[str, ...]:
    """The ids that a table's ``sources`` stand for, ``x-{year}`` for all its years.

    Unknown names are findings; then there are none, for nothing can be said of the known ones alone.
    """
    written = texts_of(data, "sources")
    if named is None:
        return ()
    unknown = [(number, name) for number, name in written if name not in named]
    for number, name in unknown:
        message = f'{subject}: there is no source "{name}"{did_you_mean(name, [*named])}'
        document.report((*path, "sources", number), "unknown_source", message)
    return () if unknown else tuple(dict.fromkeys(source for _, name in written for source in named[name]))


def _watches(document: Document, path: TomlPath, data: Any, named: Named | None, subject: str) -> tuple[Watch, ...]:
    """The scopes written as one table or as a list of tables."""
    if data is None:
        return ()
    scopes = [(path, data)] if isinstance(data, dict) else [((*path, at), it) for at, it in enumerate(_listed(data))]
    if not scopes or not all(isinstance(scope, dict) for _, scope in scopes):
        document.report(path, "bad_value", f'{subject}: "watch" must be a table in {{ }}, or a list of them')
        return ()
    return tuple(_watch(document, place, scope, named, subject) for place, scope in scopes)


def _listed(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _watch(document: Document, path: TomlPath, data: dict[str, Any], named: Named | None, subject: str) -> Watch:
    shape = read_part(document, path, data, WatchShape, subject=subject).value
    sources = resolve_sources(document, path, data, named, subject)
    return Watch(sources=sources, kinds=shape.kinds, headings=shape.headings, words=shape.words)
