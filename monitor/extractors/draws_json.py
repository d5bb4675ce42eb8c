"""Draws out of a feed of records: one draw a record, and the pool's score bands of the newest measurement."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_names import read_category
from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_values import read_count, read_date, read_numeric_dates, read_score
from monitor.model import Draw, Json, Pool

EXPRESS_ENTRY_FEED = Draws(
    program="Express Entry",
    records="rounds",
    fields={
        "number": "drawNumber",
        "date": "drawDate",
        "date_text": "drawDateFull",
        "stream": "drawName",
        "selection": "drawText2",
        "invitations": "drawSize",
        "score": "drawCRS",
        "tie_break": "drawCutOff",
        "as_of": "drawDistributionAsOn",
    },
    bands={
        "dd1": "601-1200",
        "dd2": "501-600",
        "dd3": "451-500",
        "dd4": "491-500",
        "dd5": "481-490",
        "dd6": "471-480",
        "dd7": "461-470",
        "dd8": "451-460",
        "dd9": "401-450",
        "dd10": "441-450",
        "dd11": "431-440",
        "dd12": "421-430",
        "dd13": "411-420",
        "dd14": "401-410",
        "dd15": "351-400",
        "dd16": "301-350",
        "dd17": "0-300",
        "dd18": "total",
    },
)
"""The shape of IRCC's published feed, recognised by its own keys where a source declares no other."""

_TAG = re.compile(r"<[^>]*>")
_QUOTED = ("number", "date_text", "date", "stream", "invitations", "score")

_SLACK = timedelta(days=7)

Record = Mapping[str, Json]
Texts = Mapping[str, str | None]
"""The fields of a record that the settings name, as plain text."""


def read_records(data: Json, settings: Draws) -> list[Found]:
    """The draws of every record that has a number or a date, in file order, then the newest pool."""
    settings = _recognised(data, settings)
    records = _records(data, settings.records or "")
    told = [{field: _text(record, key) for field, key in settings.fields.items()} for record in records]
    draws = [
        Found(value=draw, quote=_quote(texts), at=(index, 0))
        for index, texts in enumerate(told)
        if (draw := _draw(texts, settings)) is not None
    ]
    return [*draws, *_pool(records, told, settings)]


def _recognised(data: Json, settings: Draws) -> Draws:
    """The settings, completed for the published feed when they say nothing of where its records are."""
    if settings.records or settings.fields:
        return settings
    feed = EXPRESS_ENTRY_FEED
    records = _records(data, feed.records or "")
    if not any(feed.fields["number"] in record for record in records):
        return settings
    program = settings.program or feed.program
    bands = settings.bands or feed.bands
    return replace(settings, program=program, records=feed.records, fields=feed.fields, bands=bands)


def _records(data: Json, dotted: str) -> list[Record]:
    for name in filter(None, dotted.split(".")):
        data = data.get(name) if isinstance(data, dict) else None
    return [record for record in data if isinstance(record, dict)] if isinstance(data, list) else []


def _text(record: Record, key: str | None) -> str | None:
    """The field as one line of plain text; None when it is missing, empty or no scalar."""
    value = record.get(key) if key else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", text) if re.search(r"</?[a-zA-Z]", text) else text)
    return " ".join(text.split()) or None


def _draw(texts: Texts, settings: Draws) -> Draw | None:
    get = texts.get
    number, day = get("number"), _date(get("date"), get("date_text"))
    if number is None and day is None:
        return None
    stream = get("stream")
    return Draw(
        kind=settings.kind,
        number=number,
        date=day,
        program=settings.program,
        stream=stream,
        category=read_category(get("category") or stream or "", settings.categories),
        selection=get("selection"),
        invitations=read_count(get("invitations") or ""),
        invitations_text=get("invitations"),
        score=read_score(get("score") or ""),
        score_text=get("score"),
        tie_break=get("tie_break"),
    )


def _date(text: str | None, spelled: str | None) -> date | None:
    """The day of the record; an ambiguous all-digit date is the reading that the spelled-out one confirms."""
    readings = read_numeric_dates(text or "")
    said = read_date(spelled or "")
    if said in readings or not readings:
        return said
    return readings[0]


def _quote(told: Texts) -> str:
    texts = {field: told.get(field) for field in _QUOTED}
    if texts["date_text"]:
        texts["date"] = None
    number = f"#{texts['number']}" if texts["number"] else None
    return " · ".join(filter(None, (number, *(texts[field] for field in _QUOTED[1:]))))


def _pool(records: list[Record], told: Sequence[Texts], settings: Draws) -> list[Found]:
    """The bands of the record with the newest measurement; rounds before the next one repeat it, old ones say "0"."""
    stamps = [texts.get("as_of") for texts in told]
    measured = [
        (day, -index)
        for index, record in enumerate(records)
        if (day := read_date(stamps[index] or "")) is not None and _plausible(record, told[index], day, settings)
    ]
    if not measured:
        return []
    day, place = max(measured)
    record, stamp = records[-place], stamps[-place]
    return [
        Found(
            value=Pool(program=settings.program or "", band=band, count=read_count(text), as_of=day),
            quote=f"{band} · {text} · {stamp}",
            at=(len(records), number),
        )
        for number, (key, band) in enumerate(settings.bands.items())
        if (text := _text(record, key)) is not None
    ]


def _plausible(record: Record, texts: Texts, measured: date, settings: Draws) -> bool:
    """Whether the record holds counts and its round is not long before the measurement (a slip in a year)."""
    drawn = _date(texts.get("date"), texts.get("date_text"))
    counted = any(record.get(key) not in (None, "", "0", 0) for key in settings.bands)
    return counted and (drawn is None or measured <= drawn + _SLACK)
