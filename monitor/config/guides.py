"""``guides/*.toml`` and the texts beside them into guides: what each takes for granted and expects."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.config.document import Document, parse, read_document
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import AssumptionShape, ExpectShape, GuideShape, WatchShape
from monitor.config.toml_lines import TomlPath
from monitor.errors import Finding
from monitor.model import VALUE_TYPES, Assumption, Expect, FactKind, Guide, Operator, Watch


def read_guides(
    folder: Path, named: Mapping[str, tuple[str, ...]], findings: list[Finding]
) -> tuple[tuple[Guide, ...], frozenset[str]]:
    """All guides of the folder by file name, and the ids of all of them, those with findings too.

    ``named`` gives the source ids that each source name stands for.
    """
    guides: list[Guide] = []
    files: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        document = read_document(path, findings)
        if document is None:
            continue
        name = str(document.data.get("id"))
        if name in files and "id" in document.data:
            message = f'guide "{name}" stands already in {files[name]}; give each guide an id of its own'
            document.report(("id",), "duplicate_id", message)
        files.setdefault(name, path)
        guide = _read_guide(document, named)
        guides += [guide] if guide else []
    return tuple(guides), frozenset(files)


def _read_guide(document: Document, named: Mapping[str, tuple[str, ...]]) -> Guide | None:
    subject = f'guide "{document.data.get("id", document.path.stem)}"'
    document.check_tables(single=(), many=("assumption",), keys=GuideShape.model_fields)
    own = {key: value for key, value in document.data.items() if key in GuideShape.model_fields}
    shape = parse(document, (), own, GuideShape, subject=subject)
    assumptions = _read_assumptions(document, named)
    if shape is None:
        return None
    return Guide(
        id=shape.id,
        title=shape.title,
        assumptions=assumptions,
        text=_read_text(document, shape.text, subject),
        text_file=shape.text,
        file=str(document.path),
        owner=shape.owner,
        review_every=shape.review_every,
    )


def _read_text(document: Document, name: str | None, subject: str) -> str:
    if name is None:
        return ""
    path = document.path.parent / name
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{subject}: its text {path} cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = f"{subject}: its text {path} is not UTF-8; save it as UTF-8"
    except ValueError:
        message = f"{subject}: {name!r} is no file name"
    document.report(("text",), "missing_file", message)
    return ""


def _read_assumptions(document: Document, named: Mapping[str, tuple[str, ...]]) -> tuple[Assumption, ...]:
    found: list[Assumption] = []
    lines: dict[str, int] = {}
    for path, data in document.items("assumption"):
        name = str(data.get("id"))
        if name in lines and "id" in data:
            message = f'assumption "{name}" stands already on line {lines[name]}; give each an id of its own'
            document.report((*path, "id"), "duplicate_id", message)
        lines.setdefault(name, document.line(path))
        assumption = _read_assumption(document, path, data, named)
        found += [assumption] if assumption else []
    return tuple(found)


def _read_assumption(
    document: Document, path: TomlPath, data: dict[str, Any], named: Mapping[str, tuple[str, ...]]
) -> Assumption | None:
    subject = f'assumption "{data.get("id", "?")}"'
    shape = parse(document, path, data, AssumptionShape, subject=subject)
    if shape is None:
        return None
    sources = resolve_sources(document, (*path, "sources"), shape.sources, named, subject)
    expect = _expect(document, (*path, "expect"), shape.expect, subject) if shape.expect else None
    watch = _watch(document, (*path, "watch"), shape.watch, named, subject) if shape.watch else None
    if shape.expect and not shape.sources:
        document.report(path, "missing_key", f'{subject}: "expect" needs "sources": where should the fact stand?')
    if shape.remind and not shape.date:
        document.report((*path, "remind"), "missing_key", f'{subject}: "remind" needs "date"')
    return Assumption(
        id=shape.id,
        claim=shape.claim,
        quote=shape.quote,
        sources=sources,
        expect=expect,
        watch=watch,
        because=shape.because,
        owner=shape.owner,
        severity=shape.severity,
        max_age=shape.max_age,
        date=shape.date,
        remind=shape.remind,
        line=document.line(path),
    )


def resolve_sources(
    document: Document, path: TomlPath, names: tuple[str, ...], named: Mapping[str, tuple[str, ...]], subject: str
) -> tuple[str, ...]:
    """The ids that these names stand for, ``x-{year}`` for all its years; unknown names are findings."""
    for number, name in enumerate(names):
        if name not in named:
            message = f'{subject}: there is no source "{name}"{did_you_mean(name, [*named])}'
            document.report((*path, number), "unknown_source", message)
    return tuple(dict.fromkeys(source for name in names for source in named.get(name, ())))


def _watch(
    document: Document, path: TomlPath, shape: WatchShape, named: Mapping[str, tuple[str, ...]], subject: str
) -> Watch:
    sources = resolve_sources(document, (*path, "sources"), shape.sources, named, subject)
    return Watch(sources=sources, kinds=shape.kinds, headings=shape.headings, words=shape.words)


def _expect(document: Document, path: TomlPath, shape: ExpectShape, subject: str) -> Expect | None:
    given = shape.model_fields_set
    operators = [operator for operator in Operator if operator.value in given]
    problems = []
    if ("fact" in given) == ("phrase" in given):
        problems.append('"expect" needs either "fact" or "phrase"')
    if len(operators) != 1:
        found = " and ".join(operators) or "none"
        problems.append(f'"expect" needs one comparison, found {found}; one of: {", ".join(Operator)}')
    if "where" in given and "fact" not in given:
        problems.append('"where" chooses among facts; it needs "fact"')
    for problem in problems:
        document.report(path, "bad_value", f"{subject}: {problem}")
    fields_known = _check_where(document, (*path, "where"), shape, subject)
    if problems or not fields_known:
        return None
    operand = getattr(shape, operators[0].value)
    return Expect(operator=operators[0], operand=operand, fact=shape.fact, phrase=shape.phrase, where=shape.where)


def _check_where(document: Document, path: TomlPath, shape: ExpectShape, subject: str) -> bool:
    """Whether ``where`` names only fields that a value of this kind has."""
    if shape.fact is None:
        return True
    kind = FactKind(shape.fact.partition(":")[0])
    fields = [field.name for field in dataclasses.fields(VALUE_TYPES[kind])]
    unknown = [name for name in shape.where if name not in fields]
    for name in unknown:
        message = f'{subject}: a {kind} has no field "{name}"{did_you_mean(name, fields)}'
        document.report((*path, name), "unknown_key", message)
    return not unknown
