"""``[[source]]`` tables into sources: defaults filled in, one source a year, extractor tables checked."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain
from typing import Any

from monitor.config.document import Document, parse
from monitor.config.scalars import YEAR, did_you_mean
from monitor.config.shapes import ConfirmShape, FetchShape, SourceShape
from monitor.config.toml_lines import TomlPath
from monitor.extractors.extraction import Extractor
from monitor.model import Confirm, FetchSettings, Format, Guards, Schedule, Scope, Source, digest
from monitor.pages.html_page import find_selector_problem

UNSCHEDULED = dt.timedelta(days=1)
"""How often a source without ``schedule`` or ``every`` is read."""
APPEND_ONLY_HOURS = 48.0
"""``confirm.hours`` of append-only feeds unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every source that does not say otherwise."""

    fetch: FetchSettings
    confirm: Confirm
    confirm_hours_set: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources by id in file order, their lines, and what each id in the file (``x-{year}`` too) stands for."""

    by_id: Mapping[str, Source]
    lines: Mapping[str, int]
    named: Mapping[str, tuple[str, ...]]


def read_defaults(document: Document) -> Defaults:
    """``[fetch]`` and ``[confirm]`` over the program's own defaults."""
    fetch = parse(document, ("fetch",), document.table("fetch"), FetchShape, subject="[fetch]")
    confirm = parse(document, ("confirm",), document.table("confirm"), ConfirmShape, subject="[confirm]")
    return Defaults(
        fetch=replace(FetchSettings(), **_given(fetch or FetchShape())),
        confirm=replace(Confirm(), **_given(confirm or ConfirmShape())),
        confirm_hours_set=bool(confirm and confirm.hours is not None),
    )


def read_sources(document: Document, defaults: Defaults, extractors: Mapping[str, Extractor], now: dt.date) -> Sources:
    """All sources of the file, switched-off ones too.

    A source with findings still has its line and its name, so that nothing that speaks of it is called unknown.
    """
    by_id: dict[str, Source] = {}
    lines: dict[str, int] = {}
    named: dict[str, tuple[str, ...]] = {}
    reader = _Reader(document=document, defaults=defaults, extractors=extractors, now=now)
    for path, data in document.items("source"):
        editions = _editions(data, now)
        ids = tuple(str(edition.data["id"]) for edition in editions if "id" in edition.data)
        if _report_duplicates(document, path, ids, lines):
            continue
        lines.update(dict.fromkeys(ids, document.line(path)))
        named |= {name: (name,) for name in ids} | ({str(data["id"]): ids} if ids else {})
        for edition in editions:
            source = reader.source(path, edition)
            if source is None:
                break
            by_id[source.id] = source
    return Sources(by_id=by_id, lines=lines, named=named)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """A source's table as it is for one year; ``year`` is None for a source that is not made by the year."""

    year: int | None
    data: dict[str, Any]
    written: dict[str, Any]


def _editions(data: dict[str, Any], now: dt.date) -> list[_Edition]:
    """One table a year: the years listed, every year since the last of them, this one and the next."""
    if YEAR not in str(data.get("id", "")):
        return [_Edition(year=None, data=data, written=data)]
    written = data.get("years", [])
    listed = {year for year in written if type(year) is int} if isinstance(written, list) else set()
    years = listed | set(range(max(listed, default=now.year), now.year)) | {now.year, now.year + 1}
    return [_Edition(year=year, data=_filled(data, str(year)), written=data) for year in sorted(years)]


def _filled(data: Any, year: str) -> Any:
    if isinstance(data, str):
        return data.replace(YEAR, year)
    if isinstance(data, list):
        return [_filled(item, year) for item in data]
    if isinstance(data, dict):
        return {key: _filled(value, year) for key, value in data.items()}
    return data


def _report_duplicates(document: Document, path: TomlPath, ids: tuple[str, ...], lines: Mapping[str, int]) -> bool:
    again = [name for name in ids if name in lines]
    for name in again[:1]:
        message = f'source "{name}" stands already on line {lines[name]}; give each source an id of its own'
        document.report((*path, "id"), "duplicate_id", message)
    return bool(again)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What every source of one file is read with."""

    document: Document
    defaults: Defaults
    extractors: Mapping[str, Extractor]
    now: dt.date

    def source(self, path: TomlPath, edition: _Edition) -> Source | None:
        """One source; None when anything in its table is not right."""
        before = len(self.document.findings)
        subject = f'source "{edition.data.get("id", "?")}"'
        shape = parse(self.document, path, edition.data, SourceShape, subject=subject, also=self.extractors)
        self._check_years(path, edition, subject)
        self._check_selectors(path, shape, subject)
        declarations = self._declarations(path, edition.data, subject)
        if shape is None or len(self.document.findings) != before:
            return None
        if shape.schedule and shape.every:
            self.document.report((*path, "every"), "bad_value", f"{subject}: keep one of schedule and every")
            return None
        return self._build(shape, edition.year, declarations)

    def _check_years(self, path: TomlPath, edition: _Edition, subject: str) -> None:
        if edition.year is None and (keys := {"years", "past_every"} & edition.written.keys()):
            message = f'{subject}: "{min(keys)}" needs {YEAR} in the id and the url'
            self.document.report((*path, min(keys)), "bad_value", message)
        if edition.year is not None and YEAR not in str(edition.written.get("url")):
            message = f"{subject}: the url needs {YEAR} too, else every year reads the same page"
            self.document.report((*path, "url"), "bad_value", message)

    def _check_selectors(self, path: TomlPath, shape: SourceShape | None, subject: str) -> None:
        if shape is None or shape.format != Format.HTML:
            return
        marker = [("marker", shape.marker)] if shape.marker else []
        scope = [("scope", selector) for selector in (*shape.scope.keep, *shape.scope.drop)]
        for key, selector in (*scope, *marker):
            if problem := find_selector_problem(selector):
                self.document.report((*path, key), "bad_value", f"{subject}: {problem}")

    def _declarations(self, path: TomlPath, data: dict[str, Any], subject: str) -> dict[str, object]:
        wanted = data.get("extract", [])
        names = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else []
        for number, name in enumerate(names):
            if name not in self.extractors:
                message = f'{subject}: "{name}" is no extractor{did_you_mean(name, [*self.extractors])}'
                self.document.report((*path, "extract", number), "unknown_extractor", message)
        for name in self.extractors:
            if name in data and name not in names:
                message = f'{subject}: "{name}" is set but not used; add it to extract'
                self.document.report((*path, name), "unused_table", message)
        known = [name for name in names if name in self.extractors]
        return {name: self._declaration(path, data, name, subject) for name in known}

    def _declaration(self, path: TomlPath, data: dict[str, Any], name: str, subject: str) -> object:
        shape = self.extractors[name].declaration
        return parse(self.document, (*path, name), data.get(name, {}), shape, subject=f"{subject}: {name}")

    def _build(self, shape: SourceShape, year: int | None, declarations: Mapping[str, object]) -> Source:
        own_fetch = _given(shape.fetch) | {key: getattr(shape, key) for key in _given(shape) if key in _FETCH_KEYS}
        source = Source(
            id=shape.id,
            publisher=shape.publisher,
            url=shape.url,
            format=shape.format,
            title=shape.title,
            schedule=_schedule(shape, year, self.now),
            scope=Scope(keep=shape.scope.keep, drop=shape.scope.drop),
            declarations=declarations,
            guards=Guards(**dict(shape.guards)),
            fetch=replace(self.defaults.fetch, **own_fetch),
            confirm=self._confirm(shape),
            append_only=shape.append_only,
            marker=shape.marker,
            enabled=shape.enabled,
        )
        return replace(source, settings_hash=_settings_hash(source))

    def _confirm(self, shape: SourceShape) -> Confirm:
        confirm = self.defaults.confirm
        if shape.append_only and not self.defaults.confirm_hours_set:
            confirm = replace(confirm, hours=APPEND_ONLY_HOURS)
        return replace(confirm, **_given(shape.confirm))


_FETCH_KEYS = frozenset(FetchShape.model_fields)


def _given(shape: FetchShape | ConfirmShape) -> dict[str, Any]:
    """The keys that stand in the file."""
    return {name: getattr(shape, name) for name in shape.model_fields_set}


def _schedule(shape: SourceShape, year: int | None, now: dt.date) -> Schedule:
    """When to read it. A coming year's page is looked for from December; past years' pages may be read less often."""
    every = shape.every if shape.every or shape.schedule else UNSCHEDULED
    if year is not None and year < now.year and shape.past_every:
        return Schedule(every=shape.past_every, timezone=shape.timezone)
    starts = dt.date(year - 1, 12, 1) if year is not None and year > now.year else None
    return Schedule(cron=shape.schedule, every=every, timezone=shape.timezone, starts=starts)


def _settings_hash(source: Source) -> str:
    """A digest of everything that changes how a stored snapshot is read."""
    reading = (source.format, source.scope, source.declarations, source.guards, source.marker, source.append_only)
    return digest("settings", *_canonical(reading))


def _canonical(thing: Any) -> Iterator[str]:
    """The thing as a flat list of words that is equal only for equal things, in every process."""
    yield "("
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for field in dataclasses.fields(thing):
            yield field.name
            yield from _canonical(getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield str(key)
            yield from _canonical(value)
    elif isinstance(thing, list | tuple):
        for item in thing:
            yield from _canonical(item)
    elif isinstance(thing, set | frozenset):
        yield from sorted(chain.from_iterable(_canonical(item) for item in thing))
    else:
        yield _word(thing)
    yield ")"


def _word(thing: Any) -> str:
    if isinstance(thing, re.Pattern):
        return f"{thing.pattern}/{thing.flags}"
    return str(thing.value) if isinstance(thing, Enum) else repr(thing)
