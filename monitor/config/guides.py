"""``guides/*.toml`` and the texts beside them into guides: what each takes for granted and expects."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from monitor.config.document import Document, read_document
from monitor.config.expectations import read_expect
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import AssumptionShape, GuideShape, WatchShape
from monitor.config.tables import read_part, texts_of
from monitor.config.toml_lines import TomlPath
from monitor.errors import Finding
from monitor.model import Assumption, Guide, Watch, content_sha256

Named: TypeAlias = Mapping[str, tuple[str, ...]]
"""The source ids that each source name stands for."""
_Basis: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...] | None
_KEPT = 4096
"""This many parsed guides are kept, so that a changed one among a thousand costs one parse."""


class _Written(Struct, frozen=True, kw_only=True):
    """What one guide's TOML says, before its text is read; ``findings`` as they stand whatever the text is."""

    guide: Guide
    findings: tuple[Finding, ...]
    own_id: bool
    text_is_faulty: bool
    lines: Mapping[str, int]


def read_guides(folder: Path, named: Named | None, findings: list[Finding]) -> tuple[tuple[Guide, ...], frozenset[str]]:
    """All guides of the folder by file name, as far as they can be read, and what a channel may call them.

    ``named`` is None when the sources could not be read: then none is called unknown. A file with the same words as
    before, beside the same sources, is not parsed again.
    """
    guides: list[Guide] = []
    files: dict[str, Path] = {}
    basis = None if named is None else tuple(sorted(named.items()))
    for path in _files(folder, findings):
        written = _read_written(path, basis)
        findings += written.findings if written else _unreadable(path)
        name = written.guide.id if written and written.own_id else path.stem
        if written is not None:
            if name in files and written.own_id:
                message = f'guide "{name}" stands already in {files[name]}; give each guide an id of its own'
                findings.append(_finding(written, "id", "duplicate_id", message))
            guides.append(_with_text(written, findings))
        files.setdefault(name, path)
    return tuple(guides), frozenset(files)


def _files(folder: Path, findings: list[Finding]) -> list[Path]:
    """The guides' files by name, none where there is no folder; a folder that cannot be looked into is a finding."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        if not os.path.lexists(folder):
            return []
        message = f"the folder of the guides cannot be read: {error.strerror}; no guide is checked until it can"
        findings.append(Finding(file=str(folder), line=None, code="unreadable_folder", message=message))
        return []


def _read_written(path: Path, basis: _Basis) -> _Written | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return _parse(path, content_sha256(content), basis)


@lru_cache(maxsize=_KEPT)
def _parse(path: Path, sha256: str, basis: _Basis) -> _Written | None:
    """The guide's TOML with this content; None when it is no TOML. The digest is what makes the cache true."""
    del sha256
    findings: list[Finding] = []
    document = read_document(path, findings)
    return None if document is None else _read_guide(document, None if basis is None else dict(basis))


def _unreadable(path: Path) -> list[Finding]:
    findings: list[Finding] = []
    read_document(path, findings)
    return findings


def _finding(written: _Written, key: str, code: str, message: str) -> Finding:
    return Finding(file=written.guide.file, line=written.lines[key], code=code, message=message)


def _read_guide(document: Document, named: Named | None) -> _Written:
    subject = f'guide "{document.data.get("id", document.path.stem)}"'
    document.check_tables(single=(), many=("assumption",), keys=GuideShape.model_fields)
    own = {key: value for key, value in document.data.items() if key in GuideShape.model_fields}
    part = read_part(document, (), own, GuideShape, subject=subject)
    shape = part.value
    guide = Guide(
        id=str(document.data.get("id", shape.id)),
        title=shape.title,
        assumptions=_read_assumptions(document, named),
        text_file=shape.text,
        file=str(document.path),
        owner=shape.owner,
        review_every=shape.review_every,
    )
    return _Written(
        guide=guide,
        findings=tuple(document.findings),
        own_id="id" in document.data,
        text_is_faulty=part.is_faulty("text"),
        lines={key: document.line((key,)) for key in ("id", "text")},
    )


def _with_text(written: _Written, findings: list[Finding]) -> Guide:
    text = None if written.text_is_faulty else _read_text(written, findings)
    if text is not None:
        return replace(written.guide, text=text)
    # Nothing can be said of quotes from a text that cannot be read.
    assumptions = tuple(replace(assumption, quote=None) for assumption in written.guide.assumptions)
    return replace(written.guide, assumptions=assumptions)


def _read_text(written: _Written, findings: list[Finding]) -> str | None:
    """The guide's text, empty when it names none; None, with a finding, when it cannot be read."""
    name, folder = written.guide.text_file, Path(written.guide.file).parent
    if name is None:
        return ""
    path, subject, code = folder / name, f'guide "{written.guide.id}"', "missing_file"
    try:
        if not _is_outside(path, folder.parent):
            return path.read_text(encoding="utf-8-sig")
        message = f"{subject}: its text {name} is outside the folder of the configuration; put it beside the guide"
        code = "outside_folder"
    except OSError as error:
        message = f"{subject}: its text {path} cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = f"{subject}: its text {path} is not UTF-8; save it as UTF-8"
    except ValueError:
        message = f"{subject}: {name!r} is no file name"
    findings.append(_finding(written, "text", code, message))
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
        lines=tuple((key, document.line((*path, key))) for key in data),
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
