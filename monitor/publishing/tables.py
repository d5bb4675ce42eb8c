"""The open tables: which there are, what each column means, and their rows. Pure but for asking the store."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.model import EventState, Source, stamp, to_plain, value_to_plain
from monitor.ports import EventQuery, Store

Cell = str | int | bool | None | Mapping[str, object] | Sequence[object]
Row = dict[str, Cell]


class Column(Struct, frozen=True, kw_only=True):
    """A column's name, its SQLite type (TEXT, INTEGER or JSON) and what it means."""

    name: str
    kind: str
    meaning: str


class OpenTable(Struct, frozen=True, kw_only=True):
    """A table to be published: ``key`` names its primary key, ``links`` the columns that refer to another table."""

    name: str
    meaning: str
    key: str
    columns: tuple[Column, ...]
    rows: Callable[[Store, Sequence[Source]], Iterator[Row]]
    links: Mapping[str, str]


def _columns(*told: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind, meaning=meaning) for name, kind, meaning in told)


def _sources(store: Store, sources: Sequence[Source]) -> Iterator[Row]:
    states = store.read_states()
    for source in sources:
        state = states.get(source.id)
        yield {
            "id": source.id,
            "publisher": source.publisher,
            "title": source.title or None,
            "url": source.url,
            "reads": state.checks if state else 0,
            "last_good_read": stamp(state.last_good_read) if state and state.last_good_read else None,
            "last_change": stamp(state.last_change) if state and state.last_change else None,
            "health": state.health if state else "never",
        }


def _versions(store: Store, sources: Sequence[Source]) -> Iterator[Row]:
    for source in sources:
        for version in reversed(store.versions(source.id)):
            yield {
                "id": version.id,
                "source": version.source,
                "seen_at": stamp(version.seen_at),
                "url": version.final_url,
                "update_marker": version.update_marker,
                "cause": version.cause.value,
                "snapshot": version.snapshot,
                "text_sha256": version.sha256,
                "bytes": version.bytes,
            }


def _facts(store: Store, sources: Sequence[Source]) -> Iterator[Row]:
    for known in store.fact_history([source.id for source in sources]):
        yield {
            "key": known.fact.key,
            "kind": known.fact.kind.value,
            "source": known.fact.source,
            "value": value_to_plain(known.fact.value),
            "quote": known.fact.quote,
            "path": list(known.fact.path),
            "first_seen": stamp(known.first_seen),
            "last_seen": stamp(known.last_seen),
            "current": known.superseded_by is None,
            "version": known.version,
            "superseded_by": known.superseded_by,
        }


def _events(store: Store, sources: Sequence[Source]) -> Iterator[Row]:
    for source in sources:
        found = store.events(EventQuery(source=source.id, states=tuple(EventState)))
        for stored in reversed(found):
            plain = to_plain(stored.event)
            evidence = plain["evidence"]
            yield {
                **{name: plain[name] for name in _PLAIN_EVENT},
                **{f"evidence_{name}": evidence[name] for name in _EVIDENCE},
            }


_PLAIN_EVENT = (
    *("id", "kind", "source", "publisher", "subject", "key", "observed_at", "confirmed_at", "occurred_on"),
    *("effective_on", "severity", "state", "cause", "changed", "old", "new"),
)
_EVIDENCE = ("before", "after", "quote_before", "quote_after", "url")

TABLES = (
    OpenTable(
        name="sources",
        meaning="The official pages and feeds that are watched.",
        key="id",
        rows=_sources,
        links={},
        columns=_columns(
            ("id", "TEXT", "Short name of the source, stable."),
            ("publisher", "TEXT", "Who publishes it."),
            ("title", "TEXT", "What it is called; empty where nobody named it."),
            ("url", "TEXT", "Its official address."),
            ("reads", "INTEGER", "How often it was read or tried, ever."),
            ("last_good_read", "TEXT", "When it was last read well: ISO 8601, UTC."),
            ("last_change", "TEXT", "When its content was last found changed: ISO 8601, UTC."),
            ("health", "TEXT", "ok, blocked, failing, layout_changed, stale, or never (read)."),
        ),
    ),
    OpenTable(
        name="versions",
        meaning="Every edition of a page that differed from the one before it.",
        key="id",
        rows=_versions,
        links={"source": "sources"},
        columns=_columns(
            ("id", "TEXT", "Identity: digest of source, time seen and content."),
            ("source", "TEXT", "Which source (sources.id)."),
            ("seen_at", "TEXT", "When this edition was first read: ISO 8601, UTC."),
            ("url", "TEXT", "The address that answered, after redirects."),
            ("update_marker", "TEXT", "The publisher's own date stamp on the page; empty where there is none."),
            ("cause", "TEXT", "first_seen, content (it changed), or reextraction (found when read again later)."),
            ("snapshot", "TEXT", "Identity of the stored bytes it was read from."),
            ("text_sha256", "TEXT", "SHA-256 of the page's text as a reader sees it."),
            ("bytes", "INTEGER", "Size of the answer's body, unpacked."),
        ),
    ),
    OpenTable(
        name="facts",
        meaning="What the pages said, typed, each with its words and the span of time in which it was found there.",
        key="",
        rows=_facts,
        links={"source": "sources", "version": "versions", "superseded_by": "versions"},
        columns=_columns(
            ("key", "TEXT", "What the fact is about: kind:source/slug. One key may have several values over time."),
            ("kind", "TEXT", "draw, pool, fee, processing_time, threshold, occupation, stream, allocation, …"),
            ("source", "TEXT", "Where it stands (sources.id)."),
            ("value", "JSON", "The typed value; its fields depend on the kind. Amounts are decimal strings."),
            ("quote", "TEXT", "The official words."),
            ("path", "JSON", "The headings above it, outermost first."),
            ("first_seen", "TEXT", "First read that found it: ISO 8601, UTC."),
            ("last_seen", "TEXT", "Last good read that found it: ISO 8601, UTC."),
            ("current", "INTEGER", "1 while it is held to be true, 0 once it ended."),
            ("version", "TEXT", "The edition it was first read from (versions.id)."),
            ("superseded_by", "TEXT", "The edition that ended it (versions.id); empty while current."),
        ),
    ),
    OpenTable(
        name="events",
        meaning="Changes, silences and troubles, each with old and new value and the words it rests on.",
        key="id",
        rows=_events,
        links={"source": "sources", "evidence_before": "versions", "evidence_after": "versions"},
        columns=_columns(
            ("id", "TEXT", "Identity: digest of source, kind, key and the read that first showed it."),
            ("kind", "TEXT", "Such as draw.new, fee.changed, rule.removed, source.blocked."),
            ("source", "TEXT", "Where it was seen (sources.id)."),
            ("publisher", "TEXT", "Who publishes that source."),
            ("subject", "TEXT", "What it is about, for people."),
            ("key", "TEXT", "The fact it is about (facts.key); empty for events of a whole page."),
            ("observed_at", "TEXT", "The read that first showed it: ISO 8601, UTC."),
            ("confirmed_at", "TEXT", "When a removal was believed: ISO 8601, UTC; empty for what counts at once."),
            ("occurred_on", "TEXT", "The day the publisher says it happened; empty where it does not say."),
            ("effective_on", "TEXT", "The day it comes into force; empty where the page does not say."),
            ("severity", "TEXT", "urgent, notice or info."),
            ("state", "TEXT", "provisional (not believed yet), confirmed, or retracted (it was not so)."),
            ("cause", "TEXT", "content, silence, incident, or reextraction."),
            ("changed", "JSON", "The fields of the value that differ."),
            ("old", "JSON", "The whole value before; empty for what is new."),
            ("new", "JSON", "The whole value after; empty for what is gone."),
            ("evidence_before", "TEXT", "The edition before (versions.id)."),
            ("evidence_after", "TEXT", "The edition after (versions.id)."),
            ("evidence_quote_before", "TEXT", "The official words before."),
            ("evidence_quote_after", "TEXT", "The official words after."),
            ("evidence_url", "TEXT", "The official address, leading to the words where the browser can."),
        ),
    ),
)
