"""What a difference is called, how much it matters, and which fields of a value make one."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.model import (
    Allocation,
    Deadline,
    Draw,
    Fact,
    FactKind,
    Fee,
    Modality,
    Notice,
    Occupation,
    Pool,
    ProcessingTime,
    Rule,
    Severity,
    Stream,
    StreamStatus,
    Threshold,
    Value,
)


class Naming(Struct, frozen=True, kw_only=True):
    """Event kinds for a fact that appears, changes and goes; None: recorded, but no event."""

    added: str | None = None
    changed: str | None = None
    removed: str | None = None


NAMING: Mapping[FactKind, Naming] = {
    FactKind.DRAW: Naming(added="draw.new", changed="draw.amended", removed="draw.withdrawn"),
    FactKind.POOL: Naming(),
    FactKind.FEE: Naming(added="fee.added", changed="fee.changed", removed="fee.removed"),
    FactKind.PROCESSING_TIME: Naming(
        added="processing_time.added", changed="processing_time.changed", removed="processing_time.removed"
    ),
    FactKind.THRESHOLD: Naming(added="threshold.added", changed="threshold.changed", removed="threshold.removed"),
    FactKind.OCCUPATION: Naming(added="occupation.added", removed="occupation.removed"),
    FactKind.STREAM: Naming(added="stream.opened", changed="stream.opened"),
    FactKind.ALLOCATION: Naming(added="allocation.changed", changed="allocation.changed"),
    FactKind.DEADLINE: Naming(added="deadline.changed", changed="deadline.changed"),
    FactKind.RULE: Naming(added="rule.added", changed="rule.changed", removed="rule.removed"),
    FactKind.NOTICE: Naming(added="notice.posted", changed="notice.posted"),
}

COMPARED: Mapping[type[Value], tuple[str, ...]] = {
    Fee: ("label", "amount", "currency", "effective_on"),
    ProcessingTime: ("label", "low", "high", "unit"),
    Threshold: ("label", "amount", "unit"),
    Occupation: ("code",),
    Stream: ("status",),
    Allocation: ("amount",),
    Deadline: ("label", "date"),
    Notice: ("title", "text"),
    Rule: ("text", "modality"),
}
"""The fields whose difference is a change; all fields of a value that is not listed."""

STREAM_EVENTS = {
    StreamStatus.OPEN: "stream.opened",
    StreamStatus.PAUSED: "stream.paused",
    StreamStatus.CLOSED: "stream.closed",
    StreamStatus.RENAMED: "stream.renamed",
}

PLACED = frozenset({FactKind.FEE, FactKind.PROCESSING_TIME, FactKind.THRESHOLD, FactKind.DEADLINE})
"""Kinds whose equal labels are told apart by their place once their values differ."""
RETOLD = frozenset({FactKind.DRAW, *PLACED})
"""Kinds that tell what their sentence says, so that a new sentence for them is no rule that came."""

DECISIVE_DRAW_FIELDS = frozenset({"date", "score", "invitations", "category", "stream", "tie_break"})
URGENT = frozenset({"fee.changed", "stream.closed", "stream.paused"})

SCHEDULED = "scheduled"
"""The place in the key of a fee that is announced and not yet in force: ``fee:<source>/<label>@scheduled``."""


def only_states(fact: Fact) -> bool:
    """Whether this is a rule that binds nobody: what else tells its words tells all of it."""
    return isinstance(fact.value, Rule) and fact.value.modality is Modality.IS


def is_scheduled(fact: Fact) -> bool:
    """Whether this is a fee under an announcement's key."""
    return fact.kind == FactKind.FEE and fact.key.partition("@")[2].startswith(SCHEDULED)


def added_kind(fact: Fact) -> str | None:
    """The event kind for a fact that appears, None when its appearing is no event."""
    if isinstance(fact.value, Stream):
        return STREAM_EVENTS[fact.value.status]
    return "fee.scheduled" if is_scheduled(fact) else NAMING[fact.kind].added


def changed_kind(fact: Fact) -> str | None:
    """The event kind for a fact whose value is now this one; an edited notice is posted again, old text and new."""
    if isinstance(fact.value, Stream):
        return STREAM_EVENTS[fact.value.status]
    return "fee.scheduled" if is_scheduled(fact) else NAMING[fact.kind].changed


def removed_kind(fact: Fact, today: date) -> str | None:
    """The event kind for a fact that is gone for good; a stream or a notice that is named no longer is no event.

    Nor is a deadline that has passed; one still to come on which somebody may count is told as changed to none.
    """
    if isinstance(fact.value, Deadline) and fact.value.date >= today:
        return NAMING[FactKind.DEADLINE].changed
    return NAMING[fact.kind].removed


def changed_fields(old: Fact, new: Fact) -> tuple[str, ...]:
    """The fields in which two readings of one fact differ in meaning; empty when they mean the same."""
    if old.value == new.value:
        return ("quote",) if isinstance(new.value, Draw) and _is_reworded(old, new, _without_own_figures) else ()
    if old.compare is not None and old.compare == new.compare and not isinstance(new.value, Draw):
        return _renamed(old, new)
    if isinstance(old.value, Fee) and isinstance(new.value, Fee) and new.value.effective_on is None:
        # A page stops saying since when, once that is past; an announcement stands under a key of its own.
        old = replace(old, value=replace(old.value, effective_on=None))
    names = COMPARED.get(type(new.value)) or new.value.__struct_fields__
    if isinstance(old.value, ProcessingTime) and isinstance(new.value, ProcessingTime):
        names = names if old.value.unit or new.value.unit else ("label", "text")
    changed = tuple(name for name in names if name != "label" and _said(name, old.value) != _said(name, new.value))
    reworded = isinstance(new.value, Draw) and _is_reworded(old, new, _without_figures)
    return (*_renamed(old, new), *changed, *(("quote",) if reworded else ()))


def _is_reworded(old: Fact, new: Fact, words_of: Callable[[Fact], list[str]]) -> bool:
    """Whether prose in the same place says something else of a draw than its fields carry."""
    if old.compare is None or new.compare is None or old.path != new.path or old.compare == new.compare:
        return False
    return words_of(old) != words_of(new)


def _without_figures(fact: Fact) -> list[str]:
    return re.findall(r"[^\W\d]+", fact.compare or "")


def _without_own_figures(fact: Fact) -> list[str]:
    """The words less the figures that the fields carry, which are left out of what several draws share."""
    carried = fact.value if isinstance(fact.value, Draw) else Draw()
    texts = (carried.invitations_text, carried.score_text, carried.selection)
    own = set(re.findall(r"\d+", " ".join(filter(None, texts)).replace(",", "")))
    return [word for word in re.findall(r"\w+", fact.compare or "") if word not in own]


def _renamed(old: Fact, new: Fact) -> tuple[str, ...]:
    """The label of a fact that goes by another name now; its key says so, for keys are made of names."""
    return ("label",) if "label" in COMPARED.get(type(new.value), ()) and _stem(old) != _stem(new) else ()


def _stem(fact: Fact) -> str:
    return fact.key.partition("@")[0]


FIGURES = frozenset({"invitations_text", "score_text"})
"""Texts whose figures count: "4,500" and "4500", "57 and above" and "57+" say the same."""


def _said(name: str, value: Value) -> object:
    said = _plain(getattr(value, name))
    if name in FIGURES and isinstance(said, str):
        figures = tuple(re.findall(r"<|\d+", said.replace(",", "")))
        return figures or said
    return said


def _plain(field: object) -> object:
    """A field as it is compared: dashes, quotes, blanks, capitals and footnote stars say the same in any shape."""
    if not isinstance(field, str):
        return field
    plain = re.sub(r"\s*[\u2010-\u2015\u2212-]\s*", "-", field)
    return " ".join(re.sub(r"[\u2018\u2019\u201c\u201d\"]", "'", plain).replace("*", "").split()).casefold()


def severity_of(kind: str, changed: tuple[str, ...] = ()) -> Severity:
    """How soon somebody must know of an event of this kind with these changed fields."""
    if kind == "draw.amended":
        return Severity.NOTICE if DECISIVE_DRAW_FIELDS & set(changed) else Severity.INFO
    if changed in {("effective_on",), ("label",)}:
        return Severity.NOTICE
    return Severity.URGENT if kind in URGENT else Severity.NOTICE


def subject_of(fact: Fact) -> str:  # noqa: PLR0911 - one return a kind of fact
    """What a fact is about in a few words, for headlines."""
    value = fact.value
    match value:
        case Draw():
            return _draw_subject(value)
        case Pool():
            return f"{value.program} pool, {value.band}"
        case Occupation():
            return f"{value.list}: {value.code}" + (f" {value.title}" if value.title else "")
        case Stream():
            return value.name
        case Allocation():
            return f"{value.program} {value.year}"
        case Notice():
            return value.title
        case Rule():
            return value.section or value.text
        case Fee() | ProcessingTime() | Threshold() | Deadline():
            return value.label


def _draw_subject(draw: Draw) -> str:
    if draw.number is not None:
        return f"Round {draw.number}: {draw.stream or draw.category or draw.program}"
    name = ", ".join(filter(None, (draw.program, draw.stream, draw.category)))
    return f"{name} draw of {draw.date}" if draw.date else f"{name} draw"
