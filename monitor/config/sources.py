"""``[[source]]`` tables into sources: defaults filled in, one source a year, extractor tables checked."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.config.document import Document
from monitor.config.scalars import YEAR, did_you_mean
from monitor.config.shapes import YEARS, ConfirmShape, FetchShape, SourceShape
from monitor.config.tables import Part, parse, read_part, texts_of
from monitor.config.toml_lines import TomlPath
from monitor.extractors.extraction import Extractor
from monitor.model import Confirm, FetchSettings, Format, Guards, Schedule, Scope, Source, digest
from monitor.pages.selectors import find_selector_problem

UNSCHEDULED = dt.timedelta(days=1)
"""How often a source without ``schedule`` or ``every`` is read."""
APPEND_ONLY_HOURS = 48.0
"""``confirm.hours`` of append-only feeds unless set."""


class Defaults(Struct, frozen=True, kw_only=True):
    """What holds for every source that does not say otherwise."""

    fetch: FetchSettings
    confirm: Confirm
    confirm_hours_set: bool


class Sources(Struct, frozen=True, kw_only=True):
    """The sources by id in file order, their tables, and what each id in the file (``x-{year}`` too) stands for.

    Those with findings have defaults where they could not be read; ``unsure`` of what they are read for.
    """

    by_id: Mapping[str, Source]
    tables: Mapping[str, TomlPath]
    named: Mapping[str, tuple[str, ...]]
    unsure: frozenset[str]


def read_defaults(document: Document) -> Defaults:
    """``[fetch]`` and ``[confirm]`` over the program's own defaults."""
    fetch = read_part(document, ("fetch",), document.table("fetch"), FetchShape, subject="[fetch]").value
    confirm = read_part(document, ("confirm",), document.table("confirm"), ConfirmShape, subject="[confirm]").value
    return Defaults(
        fetch=replace(FetchSettings(), **_given(fetch)),
        confirm=replace(Confirm(), **_given(confirm)),
        confirm_hours_set=confirm.hours is not None,
    )


def read_sources(document: Document, defaults: Defaults, extractors: Mapping[str, Extractor], now: dt.date) -> Sources:
    """All sources of the file, switched-off ones and those with findings too."""
    by_id: dict[str, Source] = {}
    tables: dict[str, TomlPath] = {}
    named: dict[str, tuple[str, ...]] = {}
    unsure: set[str] = set()
    for path, data in document.items("source"):
        editions = _editions(data, now)
        ids = tuple(str(edition.data["id"]) for edition in editions if "id" in edition.data)
        if not _report_duplicates(document, path, ids, tables):
            tables.update(dict.fromkeys(ids, path))
            named |= {name: (name,) for name in ids} | ({str(data["id"]): ids} if ids else {})
        for edition, told in _told_once(document, editions):
            reader = _Reader(document=told, defaults=defaults, extractors=extractors, now=now)
            source, is_sure = reader.source(path, edition)
            by_id.setdefault(source.id, source)
            unsure |= set() if is_sure else {source.id}
    return Sources(by_id=by_id, tables=tables, named=named, unsure=frozenset(unsure))


class _Edition(Struct, frozen=True, kw_only=True):
    """A source's table as it is for one year; ``year`` is None for a source that is not made by the year."""

    year: int | None
    data: dict[str, Any]
    written: dict[str, Any]


def _editions(data: dict[str, Any], now: dt.date) -> list[_Edition]:
    """One table a year: the years listed, every year since the last of them, this one and the next."""
    if YEAR not in str(data.get("id", "")):
        return [_Edition(year=None, data=data, written=data)]
    written = data.get("years", [])
    listed = {year for year in written if type(year) is int and year in YEARS} if isinstance(written, list) else set()
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


def _told_once(document: Document, editions: list[_Edition]) -> Iterator[tuple[_Edition, Document]]:
    """Each edition with the document to report to: none, once an edition, which is written the same, had findings."""
    before = len(document.findings)
    for edition in editions:
        silent = len(document.findings) != before
        yield edition, replace(document, findings=[]) if silent else document


def _report_duplicates(
    document: Document, path: TomlPath, ids: tuple[str, ...], tables: Mapping[str, TomlPath]
) -> bool:
    again = [name for name in ids if name in tables]
    for name in again[:1]:
        first = document.line(tables[name])
        message = f'source "{name}" stands already on line {first}; give each source an id of its own'
        document.report((*path, "id"), "duplicate_id", message)
    return bool(again)


class _Reader(Struct, frozen=True, kw_only=True):
    """What every source of one file is read with."""

    document: Document
    defaults: Defaults
    extractors: Mapping[str, Extractor]
    now: dt.date

    def source(self, path: TomlPath, edition: _Edition) -> tuple[Source, bool]:
        """One source as far as it can be read, and whether it is certain which extractors read it."""
        data = edition.data
        subject = f'source "{data.get("id", "?")}"'
        part = read_part(self.document, path, data, SourceShape, subject=subject, also=self.extractors)
        self._check_years(path, edition, subject)
        self._check_selectors(path, part, subject)
        self._check_browser(path, part, subject)
        if "schedule" in data and "every" in data:
            self.document.report((*path, "every"), "bad_value", f"{subject}: keep one of schedule and every")
        is_sure = not part.is_faulty("extract") and self._check_extract(path, data, subject)
        return self._build(part.value, edition.year, self._declarations(path, data, subject)), is_sure

    def _check_years(self, path: TomlPath, edition: _Edition, subject: str) -> None:
        if edition.year is None and (keys := {"years", "past_every"} & edition.written.keys()):
            message = f'{subject}: "{min(keys)}" needs {YEAR} in the id and the url'
            self.document.report((*path, min(keys)), "bad_value", message)
        url = edition.written.get("url")
        if edition.year is not None and isinstance(url, str) and YEAR not in url:
            message = f"{subject}: the url needs {YEAR} too, else every year reads the same page"
            self.document.report((*path, "url"), "bad_value", message)

    def _check_selectors(self, path: TomlPath, part: Part[SourceShape], subject: str) -> None:
        shape, unknown_format = part.value, part.is_faulty("format")
        if shape.format != Format.HTML and not unknown_format:
            return
        marker = [("marker", shape.marker)] if shape.marker else []
        scope = [("scope", selector) for selector in (*shape.scope.keep, *shape.scope.drop)]
        for key, selector in (*scope, *marker):
            if unknown_format and _DOTTED_KEY.fullmatch(selector):
                continue
            if problem := find_selector_problem(selector):
                self.document.report((*path, key), "bad_value", f"{subject}: {problem}")

    def _check_browser(self, path: TomlPath, part: Part[SourceShape], subject: str) -> None:
        shape = part.value
        if shape.browser and shape.format != Format.HTML and not part.is_faulty("format"):
            self.document.report((*path, "browser"), "bad_value", f'{subject}: "browser" needs format = "html"')
        if shape.wait_for is None:
            return
        if not shape.browser and not part.is_faulty("browser"):
            message = f'{subject}: "wait_for" needs browser = true'
            self.document.report((*path, "wait_for"), "bad_value", message)
        if problem := find_selector_problem(shape.wait_for):
            self.document.report((*path, "wait_for"), "bad_value", f"{subject}: {problem}")

    def _check_extract(self, path: TomlPath, data: dict[str, Any], subject: str) -> bool:
        """Whether every name in ``extract`` is an extractor."""
        unknown = [(number, name) for number, name in texts_of(data, "extract") if name not in self.extractors]
        for number, name in unknown:
            message = f'{subject}: "{name}" is no extractor{did_you_mean(name, [*self.extractors])}'
            self.document.report((*path, "extract", number), "unknown_extractor", message)
        return not unknown

    def _declarations(self, path: TomlPath, data: dict[str, Any], subject: str) -> dict[str, object]:
        """The settings of the extractors that are used; those of others are findings, and checked all the same."""
        used = [name for _, name in texts_of(data, "extract") if name in self.extractors]
        unused = [name for name in self.extractors if name in data and name not in used]
        for name in unused:
            if isinstance(data.get("extract", []), list):
                message = f'{subject}: "{name}" is set but not used; add it to extract'
                self.document.report((*path, name), "unused_table", message)
            self._declaration(path, data, name, subject)
        return {name: self._declaration(path, data, name, subject) for name in used}

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
            year=year,
            browser=shape.browser,
            wait_for=shape.wait_for,
        )
        return replace(source, settings_hash=_settings_hash(source))

    def _confirm(self, shape: SourceShape) -> Confirm:
        confirm = self.defaults.confirm
        if shape.append_only and not self.defaults.confirm_hours_set:
            confirm = replace(confirm, hours=APPEND_ONLY_HOURS)
        return replace(confirm, **_given(shape.confirm))


_DOTTED_KEY = re.compile(r"[\w*-]+(?:\.[\w*-]+)*")
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


def _canonical(thing: Any) -> list[str]:
    """The thing as a flat list of words that is equal only for equal things, in every process."""
    words: list[str] = []
    _add_words(thing, words)
    return words


def _add_words(thing: Any, words: list[str]) -> None:
    words.append("(")
    kind: Any = type(thing)
    names = _field_names(kind)
    if names is not None:
        for name in names:
            words.append(name)
            _add_words(getattr(thing, name), words)
    elif isinstance(thing, list | tuple):
        for item in thing:
            _add_words(item, words)
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            words.append(str(key))
            _add_words(value, words)
    elif isinstance(thing, set | frozenset):
        words += sorted(chain.from_iterable(_canonical(item) for item in thing))
    else:
        words.append(_word(thing))
    words.append(")")


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """The names of the fields of a struct, or of an extractor's declaration; None for any other type."""
    if issubclass(kind, Struct):
        return kind.__struct_fields__
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def _word(thing: Any) -> str:
    if isinstance(thing, re.Pattern):
        return f"{thing.pattern}/{thing.flags}"
    return str(thing.value) if isinstance(thing, Enum) else repr(thing)
