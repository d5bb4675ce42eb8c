"""Notices out of a JSON document: its records that have a day and a text in HTML, as legal instructions do."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from monitor.extractors.drafts import Draft
from monitor.extractors.draws_values import read_date
from monitor.extractors.rules import normalise
from monitor.model import Json, Notice
from monitor.pages.markup import plain_words
from monitor.pages.wording import tidy

_DAY_KEY = re.compile(r"(?<!up)date", re.IGNORECASE)
_TITLE_KEY = re.compile(r"name$|title$|subject$", re.IGNORECASE)
_NUMBER_KEY = re.compile(r"number$|(?<![a-z])no$|(?<![a-z])id$", re.IGNORECASE)
_PROSE = re.compile(r"<(?:p|li|table|div|h[1-6])\b", re.IGNORECASE)
_DEEPEST = 2
Record = Mapping[str, Json]


def find_records(data: Json) -> Iterator[Draft]:
    """A notice for each record, in document order; those without a day or without prose are left out."""
    for record in _records(data, 0):
        texts = {key: value for key, value in record.items() if isinstance(value, str)}
        prose = max((value for value in texts.values() if _PROSE.search(value)), key=len, default="")
        day = _day(texts)
        if not prose or day is None:
            continue
        title, text = _title(texts), plain_words(prose)
        yield Draft(
            value=Notice(title=title, date=day, text=text),
            label=f"{day.isoformat()} {title}",
            same=normalise(text),
            quote=text,
            path=(title,),
            place="",
            row=True,
            compare=normalise(f"{title} | {text}"),
        )


def _records(data: Json, depth: int) -> Iterator[Record]:
    """The objects in the lists of a document, not those within them."""
    if isinstance(data, list):
        yield from (item for item in data if isinstance(item, dict))
    elif isinstance(data, dict) and depth < _DEEPEST:
        for value in data.values():
            yield from _records(value, depth + 1)


def _day(texts: Mapping[str, str]) -> date | None:
    """The day of a record, by the spelling of it that only one day can mean."""
    days = (read_date(tidy(text)) for key, text in texts.items() if _DAY_KEY.search(key))
    return next(filter(None, days), None)


def _title(texts: Mapping[str, str]) -> str:
    named = next((plain_words(text) for key, text in texts.items() if _TITLE_KEY.search(key)), "")
    number = next((plain_words(text) for key, text in texts.items() if _NUMBER_KEY.search(key)), "")
    return " ".join(filter(None, (f"#{number}" if number else "", named)))
