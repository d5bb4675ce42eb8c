"""Decides how the values of an event read to people: money, dates, rounds, times, in a few words."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from msgspec import Struct

from monitor.model import Event, Json, JsonObject, say_day, say_moment
from notifiers.escaping import clip, one_line

_SELECTION_LENGTH = 90
_ABBREVIATIONS = frozenset({"pnp", "cec", "fsw", "fst", "stem"})
_ABOUT_PATTERNS = frozenset({"draw.silence", "draw.shift", "draw.category"})
"""Kinds whose values tell of many draws, not of one."""
_NOT_A_SCORE = frozenset({"", "n/a", "na", "-"})
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Said(Struct, frozen=True, kw_only=True):
    """A value in words: what it is about, and what it says of it."""

    name: str
    what: str


def say_event(event: Event) -> str:
    """One line that tells an event: its old and new values, or its subject where it has none."""
    if event.kind.startswith("source."):
        return _incident(event)
    return _pattern(event) or _difference(event)


def _difference(event: Event) -> str:
    old, new = _said(event, event.old), _said(event, event.new)
    if event.kind == "draw.amended" and event.old and event.new:
        return _amended(event, new or old)
    if old and new:
        return _changed(old, new)
    if new:
        return _joined(new)
    if old:
        return _joined(old)
    return one_line(event.subject) or event.kind


def say_money(amount: Json, currency: Json = "CAD") -> str:
    """An amount of money: $1,475 for Canadian dollars, else with the currency's code."""
    number = say_number(amount)
    return f"${number}" if str(currency or "CAD").upper() == "CAD" else f"{number} {currency}"


def say_number(amount: Json) -> str:
    """A number with thousands separators and no needless decimals; what is no number stays as it is."""
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return one_line(str(amount))
    if not number.is_finite():
        return str(amount)
    if number == number.to_integral_value():
        return f"{int(number):,}"
    text = f"{number:,f}"
    return text + "0" if len(text.rpartition(".")[2]) == 1 and number >= 1 else text


def _said(event: Event, value: JsonObject | None) -> Said | None:
    if not value:
        return None
    family = event.kind.partition(".")[0]
    words = None if event.kind in _ABOUT_PATTERNS else _SAYERS.get(family, _say_any)(value)
    if words is None or not (words.name or words.what):
        return Said(name=one_line(event.subject), what=_fields(value))
    return words


def _changed(old: Said, new: Said) -> str:
    if old.name == new.name or not old.name:
        return f"{_label(new.name)}{old.what} → {new.what}"
    if old.what == new.what:
        return f"{old.name} → {new.name}" + (f": {new.what}" if new.what else "")
    return f"{_joined(old)} → {_joined(new)}"


def _joined(said: Said) -> str:
    return f"{_label(said.name)}{said.what}" if said.what else said.name


def _label(name: str) -> str:
    return f"{name}: " if name else ""


def _amended(event: Event, said: Said | None) -> str:
    old, new = event.old or {}, event.new or {}
    fields = event.changed or tuple(name for name in new if new.get(name) != old.get(name))
    edits = "; ".join(f"{_field(name)} {_scalar(old.get(name))} → {_scalar(new.get(name))}" for name in fields)
    return f"{_label(said.name if said else '')}{edits or 'edited'}"


def _incident(event: Event) -> str:
    """What failed, in the words of the problem, and since when."""
    if event.kind == "source.recovered":
        since = _since((event.old or {}).get("since"))
        return (
            _label(one_line(event.subject)) + "reads well again" + (f", after failing since {since}" if since else "")
        )
    value = event.new or event.old or {}
    what = _text(value, "message") or _text(value, "problem") or _text(value, "code").replace("_", " ")
    since = _since(value.get("since"))
    told = _label(one_line(event.subject)) + (what or _fields(value))
    return told.rstrip(": .") + (f" (since {since})" if since else "")


def _pattern(event: Event) -> str:
    """What a silence, a jump or a new kind of draw says, with its days; empty for other events and without a day."""
    old, new = event.old or {}, event.new or {}
    held = _day(new.get("last") or new.get("date"))
    if event.kind not in _ABOUT_PATTERNS or not held:
        return ""
    if event.kind != "draw.silence":
        return f"{one_line(event.subject)} ({', after '.join(filter(None, [held, _day(old.get('date'))]))})"
    longest = new.get("p95_days")
    usual = f"usually one every {say_number(new.get('usual_days'))} days"
    seldom = f", seldom more than {say_number(longest)} apart" if longest is not None else ""
    return f"{one_line(event.subject)}; the last was on {held}, {usual}{seldom}"


def _since(part: Json) -> str:
    try:
        moment = datetime.fromisoformat(str(part))
    except ValueError:
        return ""
    return say_moment(moment) if moment.tzinfo else say_day(moment.date())


def _say_draw(value: JsonObject) -> Said | None:
    if "count" in value:
        fields = ", ".join(_field(name) for name in _sequence(value.get("fields")))
        return Said(
            name=f"{say_number(value['count'])} past rounds", what=f"edited in {fields}" if fields else "edited"
        )
    number, held = _text(value, "number"), _day(value.get("date"))
    about = [f"Round {number}" if number else _text(value, "program") or "Draw", held, _category(value)]
    selection = clip(_text(value, "selection"), _SELECTION_LENGTH)
    what = ", ".join(filter(None, (_invited(value), _score(value))))
    return Said(name=", ".join(filter(None, [*about, selection])), what=what)


def _category(value: JsonObject) -> str:
    category, stream = _text(value, "category"), _text(value, "stream")
    if not category:
        return stream
    words = category.upper() if category in _ABBREVIATIONS else category.replace("-", " ").capitalize()
    return stream if words.casefold() in stream.casefold() and not value.get("number") else words


def _invited(value: JsonObject) -> str:
    verb = "notified" if value.get("kind") == "notification" else "invited"
    count = value.get("invitations")
    text = say_number(count) if count is not None else _text(value, "invitations_text")
    return f"{text} {verb}" if text else ""


def _score(value: JsonObject) -> str:
    score, text = value.get("score"), _text(value, "score_text")
    if score is not None:
        return f"lowest score {score}"
    return "" if text.casefold() in _NOT_A_SCORE else f"score {text}"


def _say_fee(value: JsonObject) -> Said | None:
    starts = _day(value.get("effective_on"))
    amount = say_money(value.get("amount"), value.get("currency"))
    return Said(name=_text(value, "label"), what=amount + (f" from {starts}" if starts else ""))


def _say_threshold(value: JsonObject) -> Said | None:
    unit = _text(value, "unit")
    amount = value.get("amount")
    if unit.lower() in {"cad", "$"}:
        return Said(name=_text(value, "label"), what=say_money(amount))
    return Said(name=_text(value, "label"), what=f"{say_number(amount)} {unit.replace('_', ' ')}".strip())


def _say_time(value: JsonObject) -> Said | None:
    text, unit = _text(value, "text"), _text(value, "unit").replace("_", " ")
    ends = [say_number(end) for end in (value.get("low"), value.get("high")) if end is not None]
    span = "\u2013".join(dict.fromkeys(ends))
    return Said(name=_text(value, "label"), what=text or f"{span} {unit}".strip())


def _say_occupation(value: JsonObject) -> Said | None:
    return Said(name=_text(value, "list"), what=f"{_text(value, 'code')} {_text(value, 'title')}".strip())


def _say_stream(value: JsonObject) -> Said | None:
    since = _day(value.get("since"))
    return Said(name=_text(value, "name"), what=_text(value, "status") + (f" since {since}" if since else ""))


def _say_allocation(value: JsonObject) -> Said | None:
    return Said(name=f"{_text(value, 'program')} {_text(value, 'year')}".strip(), what=say_number(value.get("amount")))


def _say_deadline(value: JsonObject) -> Said | None:
    return Said(name=_text(value, "label"), what=_day(value.get("date")))


def _say_rule(value: JsonObject) -> Said | None:
    return Said(name=_text(value, "section"), what=_text(value, "text"))


def _say_notice(value: JsonObject) -> Said | None:
    return Said(name=_text(value, "title"), what=_day(value.get("date")))


def _say_any(_value: JsonObject) -> Said | None:
    return None


_SAYERS: Mapping[str, Callable[[JsonObject], Said | None]] = MappingProxyType(
    {
        "draw": _say_draw,
        "fee": _say_fee,
        "threshold": _say_threshold,
        "processing_time": _say_time,
        "occupation": _say_occupation,
        "stream": _say_stream,
        "allocation": _say_allocation,
        "deadline": _say_deadline,
        "rule": _say_rule,
        "notice": _say_notice,
    }
)


def _fields(value: JsonObject) -> str:
    return "; ".join(
        f"{_field(name)}: {_scalar(part)}" for name, part in value.items() if part not in (None, "", [], {})
    )


def _field(name: Json) -> str:
    return {"score": "lowest score", "tie_break": "tie-break"}.get(str(name), one_line(str(name)).replace("_", " "))


def _scalar(part: Json) -> str:
    if part is None or part == "":
        return "none"
    if isinstance(part, list | tuple):
        return ", ".join(_scalar(each) for each in part) or "none"
    if isinstance(part, Mapping):
        return _fields(part)
    if isinstance(part, int | float) and not isinstance(part, bool):
        return say_number(part)
    return _day(part) or one_line(str(part))


def _sequence(part: Json) -> list[Json]:
    return list(part) if isinstance(part, list | tuple) else []


def _text(value: JsonObject, name: str) -> str:
    part = value.get(name)
    return "" if part is None else one_line(str(part))


def _day(part: Json) -> str:
    if not _ISO_DAY.fullmatch(str(part)):
        return ""
    try:
        return say_day(date.fromisoformat(str(part)))
    except ValueError:
        return ""
