"""Draws: how each publisher's rounds go over time, and all of them to take away."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta

from monitor.changes.series import draw_of
from monitor.errors import UsageError
from monitor.extractors import EXTRACTORS
from monitor.model import Draw, FactKind, KnownFact, Source
from monitor.shapes import fact_shape
from monitor.web.charts import Line, day_of, lines_of, numbers, rhythm, sample
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.rendering import page

_LOOKED_AT = 3000
_TAKEN_AWAY = 50_000
_ROWS_SHOWN = 100
_YEAR = timedelta(days=365)
_SPANS = {"1": "1 year", "2": "2 years", "5": "5 years", "all": "all"}
_FIRST = "2"
_COLUMNS = (
    "date",
    "number",
    "program",
    "stream",
    "category",
    "selection",
    "kind",
    "invitations",
    "invitations_text",
    "score",
    "score_text",
    "tie_break",
    "occupations",
)


def draws(desk: Desk, asked: Asked) -> Answer:
    """Every source of draws with the rhythm of its rounds."""
    shown = []
    for source in _sources(desk):
        found = _draws(desk.store.recent_facts(source.id, kind=FactKind.DRAW, limit=_LOOKED_AT))
        if lines := lines_of(found):
            since, until = _window(lines, _last_read(desk, source), _FIRST)
            shown.append((source, len(found), rhythm(_within(lines, since), since=since, until=until)))
    return page(desk, asked, "draws.html.j2", shown=shown)


def source_draws(desk: Desk, asked: Asked) -> Answer:
    """One source: rhythm, cutoffs, invitations and the table."""
    source = desk.get_source(asked.params["source"])
    span = asked.query.get("years", _FIRST)
    if span not in _SPANS:
        raise UsageError(f"There is no span {span!r}; spans are {', '.join(_SPANS)}.")
    found = _draws(desk.store.recent_facts(source.id, kind=FactKind.DRAW, limit=_LOOKED_AT))
    lines = lines_of(found)
    if not lines:
        raise MissingError(f"No dated draw is known from {source.id}.")
    since, until = _window(lines, _last_read(desk, source), span)
    within = _within(lines, since)
    newest = sorted(found, key=day_of, reverse=True)
    return page(
        desk,
        asked,
        "source_draws.html.j2",
        source=source,
        lines=[(line, sample(line.mark)) for line in within],
        rhythm=rhythm(within, since=since, until=until) if within else None,
        cutoffs=numbers(within, lambda draw: draw.score, "Lowest invited score", since=since, until=until),
        invitations=numbers(within, lambda draw: draw.invitations, "Invitations", since=since, until=until),
        rows=newest[:_ROWS_SHOWN],
        in_all=len(found),
        spans=_SPANS,
        span=span,
        since=since,
        until=until,
    )


def draws_csv(desk: Desk, asked: Asked) -> Answer:
    """All known draws of one source as comma-separated values; no cell is a formula to a spreadsheet."""
    source = desk.get_source(asked.params["source"])
    facts = desk.store.recent_facts(source.id, kind=FactKind.DRAW, limit=_TAKEN_AWAY)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for draw in sorted(_draws(facts), key=day_of, reverse=True):
        writer.writerow([_cell(getattr(draw, column)) for column in _COLUMNS])
    return _download(written.getvalue(), "text/csv; charset=utf-8", f"{source.id}-draws.csv")


def draws_json(desk: Desk, asked: Asked) -> Answer:
    """All known draws of one source as ``[fact]`` of the interface."""
    source = desk.get_source(asked.params["source"])
    facts = desk.store.recent_facts(source.id, kind=FactKind.DRAW, limit=_TAKEN_AWAY)
    shapes = json.dumps([fact_shape(item) for item in facts], ensure_ascii=False)
    return _download(shapes, "application/json", f"{source.id}-draws.json")


def _download(content: str, media_type: str, name: str) -> Answer:
    return Answer(
        content=content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _cell(value: object) -> str:
    """A cell's text; what a spreadsheet would take for a formula is made text by a quotation mark."""
    if value is None:
        return ""
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text


def _sources(desk: Desk) -> list[Source]:
    return [
        source
        for source in desk.app.config.sources.values()
        if any(FactKind.DRAW in EXTRACTORS[name].kinds for name in source.declarations)
    ]


def _draws(facts: Sequence[KnownFact]) -> list[Draw]:
    return [draw_of(item) for item in facts]


def _last_read(desk: Desk, source: Source) -> date:
    """The day of the last good read: of the days after it nothing is known, no silence either."""
    state = desk.store.read_states(sources=[source.id]).get(source.id)
    return (state.last_good_read if state and state.last_good_read else desk.now).date()


def _window(lines: Sequence[Line], read: date, span: str) -> tuple[date, date]:
    """From when to when: so many years up to the last good read, or to the newest draw when that lies beyond."""
    newest = max(line.days[-1] for line in lines)
    until = max(read, newest)
    first = min(line.days[0] for line in lines)
    return (first, until) if span == "all" else (max(until - int(span) * _YEAR, min(first, newest)), until)


def _within(lines: Sequence[Line], since: date) -> list[Line]:
    """The categories with a draw in the window, or silent in it after draws before."""
    return [line for line in lines if line.days[-1] >= since or since - line.days[-1] < _YEAR]
