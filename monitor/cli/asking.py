"""Questions about what is known and what changed: status, facts, history, show, versions, cat, diff."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import MOST, Call, command
from monitor.cli.streams import out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.browsing import StoredEvent
    from monitor.model import FactKind, Page, ReadState, Source, Version
    from monitor.ports import Store

SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only this source.")]
AtOption = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As known then; a date means its end.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "status", examples=["status", "status --json"])(status)
    command(app, "facts", examples=["facts --kind fee", "facts --source ircc-ee-rounds --at 2026-05-01"])(facts)
    command(app, "history", examples=["history --kind fee --since '90 days ago'", "history --guide it-workers"])(
        history
    )
    command(app, "show", examples=["show 3f2a"])(show)
    command(app, "versions", examples=["versions bcpnp-for-workers"])(versions)
    command(app, "cat", examples=["cat esdc-gts --at 2026-01-01", "cat ircc-ee-rounds --raw"])(cat)
    command(app, "diff", examples=["diff bcpnp-for-workers", "diff esdc-gts --from '30 days ago'"])(diff)


def moment(call: Call, text: str | None, *, end_of_day: bool = False) -> "datetime | None":
    """The time an option names, None when it was not given."""
    from monitor.moments import parse_moment

    return None if text is None else parse_moment(text, call.app.clock(), end_of_day=end_of_day)


def past(call: Call, text: str | None) -> "datetime | None":
    """The time up to which an option asks, None when it was not given; raises UsageError for one far ahead."""
    from monitor.errors import UsageError
    from monitor.moments import LONGEST_AHEAD

    then = moment(call, text)
    if then is not None and then > call.app.clock() + LONGEST_AHEAD:
        raise UsageError(f"{text!r} is more than a year away; nothing is known of it yet, so name an earlier time.")
    return moment(call, text, end_of_day=True)


def status(call: Call) -> int:
    """Sources: last good read, checks since the last change, next due, health."""
    from monitor.shapes import source_shape

    with call.app.store() as store:
        states = store.read_states()
    shapes = [source_shape(source, states) for source in call.app.config.sources.values()]
    if call.as_json:
        output.print_json(shapes)
        return 0
    columns = ("Source", "Health", "Last good read", "Last change", "Checks", "Since change", "Next due", "Problem")
    rows = [_status_row(shape, states.get(str(shape["id"]))) for shape in shapes]
    output.print_table(columns, rows, empty="No source is declared.")
    return 0


def _status_row(shape: "Mapping[str, object]", state: "ReadState | None") -> list[object]:
    is_on = shape["enabled"]
    good, change, due = (state.last_good_read, state.last_change, state.next_due) if state else (None, None, None)
    return [
        *(shape["id"], shape["health"] if is_on else "switched off", good, change),
        *(shape["checks"], shape["reads_since_change"], due if is_on else None, _trouble(shape)),
    ]


def _trouble(shape: "Mapping[str, object]") -> str:
    """What is wrong with a source, and that it is tried all the same, however rarely."""
    if not shape["problem"]:
        return ""
    failures = f" ({shape['failures']} reads in a row; tried again when next due)" if shape["failures"] else ""
    return f"{shape['problem']}{failures}"


def facts(
    call: Call,
    source: SourceOption = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only this kind, for instance fee.")] = None,
    at: AtOption = None,
) -> int:
    """What is known, or was known at a time."""
    from monitor.shapes import fact_shape

    names = [call.app.get_source(source).id] if source else []
    with call.app.store() as store:
        found = store.facts(sources=names, kind=_fact_kind(kind), at=past(call, at))
    if call.as_json:
        output.print_json([fact_shape(item) for item in found])
        return 0
    rows = [(item.fact.key, item.fact.quote, item.first_seen.date(), item.last_seen.date()) for item in found]
    output.print_table(("Fact", "Official words", "First seen", "Last seen"), rows, empty="Nothing is known yet.")
    return 0


def _fact_kind(name: str | None) -> "FactKind | None":
    from monitor.errors import UsageError
    from monitor.model import FactKind

    if name is None:
        return None
    try:
        return FactKind(name)
    except ValueError:
        raise UsageError(f"There is no kind of fact {name!r}; kinds are {', '.join(FactKind)}.") from None


def history(
    call: Call,
    source: SourceOption = None,
    kind: Annotated[str | None, typer.Option(metavar="PREFIX", help="Kinds that start so: draw, fee.changed.")] = None,
    guide: Annotated[str | None, typer.Option(metavar="ID", help="Only what touched this guide.")] = None,
    assumption: Annotated[
        str | None, typer.Option(metavar="[GUIDE/]ID", help="Only what touched this assumption.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="provisional, confirmed or retracted (hidden unless asked).")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Not before; a date means its start.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Not after; a date means its end.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, max=MOST, help="At most so many.")] = None,
    parts: Annotated[
        bool, typer.Option("--parts", help="Also those that one notice tells for many pages.", show_default=False)
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.", show_default=False)] = False,
) -> int:
    """Change events, newest first."""
    from monitor.errors import UsageError
    from monitor.ports import EventQuery
    from monitor.shapes import event_shape

    named, place = call.app.split_assumption(assumption, guide) if assumption else (guide, None)
    begin, end = moment(call, since), moment(call, until, end_of_day=True)
    if begin and end and begin > end:
        raise UsageError(f"--since {since} is later than --until {until}; swap them.")
    query = EventQuery(
        source=call.app.get_source(source).id if source else None,
        kind=_kind_prefix(kind),
        guide=call.app.get_guide(named).id if named else None,
        assumption=place,
        states=(_event_state(state),) if state else (),
        since=begin,
        until=end,
        limit=limit,
        parts=parts,
    )
    with call.app.store() as store:
        found = store.events(query)
    if call.as_json:
        output.print_json([event_shape(item.event, item.affects) for item in found])
        return 0
    columns = ("Observed", "Kind", "Publisher", "Subject", "Old", "New", "State", "Affects", "Event")
    rows = [_history_row(item) for item in found]
    if as_csv:
        output.print_csv(columns, rows)
    else:
        output.print_table(columns, rows, empty="No event fits.")
    return 0


def _kind_prefix(name: str | None) -> str | None:
    from monitor.config.scalars import EVENT_KINDS, did_you_mean
    from monitor.errors import UsageError

    if name is None or any(kind.startswith(name) for kind in EVENT_KINDS):
        return name
    families = list(dict.fromkeys(kind.partition(".")[0] for kind in EVENT_KINDS))
    raise UsageError(f"No kind of event begins with {name!r}{did_you_mean(name, [*families, *EVENT_KINDS])}")


def _event_state(name: str) -> str:
    from monitor.errors import UsageError
    from monitor.model import EventState

    if name not in set(EventState):
        raise UsageError(f"There is no event state {name!r}; states are {', '.join(EventState)}.")
    return name


def _history_row(item: "StoredEvent") -> list[object]:
    event = item.event
    affects = ", ".join(f"{affect.guide}/{affect.assumption}" for affect in item.affects)
    old, new = (output.brief(value, event.changed) for value in (event.old, event.new))
    return [event.observed_at, event.kind, event.publisher, event.subject, old, new, event.state, affects, event.id]


def show(call: Call, event: Annotated[str, typer.Argument(help="An event's id, or how it starts.")]) -> int:
    """One event in full with a word diff."""
    from monitor.changes.wording import word_diff
    from monitor.errors import UsageError
    from monitor.shapes import event_shape, hunk_shape

    with call.app.store() as store:
        found = store.find_event(event)
    if found is None:
        raise UsageError(f"There is no event {event!r}; `stilltrue history` lists them with their ids.")
    evidence = found.event.evidence
    hunks = word_diff(evidence.quote_before or "", evidence.quote_after or "")
    if call.as_json:
        output.print_json({**event_shape(found.event, found.affects), "hunks": [hunk_shape(hunk) for hunk in hunks]})
        return 0
    output.print_event(found.event, found.affects, hunks)
    return 0


def versions(call: Call, source: Annotated[str, typer.Argument(help="A source's id.")]) -> int:
    """The kept versions of one page, newest first."""
    from monitor.shapes import version_shape

    declared = call.app.get_source(source)
    with call.app.store() as store:
        found = store.versions(declared.id)
    if call.as_json:
        output.print_json([version_shape(version) for version in found])
        return 0
    rows = [(item.seen_at, item.update_marker or "", item.cause, item.bytes, item.id) for item in found]
    columns = ("Seen", "Publisher's stamp", "Cause", "Bytes", "Version")
    output.print_table(columns, rows, empty=f"{source} has not been read yet.")
    return 0


def cat(
    call: Call,
    source: Annotated[str, typer.Argument(help="A source's id.")],
    at: AtOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as served.", show_default=False)] = False,
) -> int:
    """The text of one page, now or as it was."""
    declared = call.app.get_source(source)
    with call.app.store() as store:
        version = _version(store, declared, past(call, at))
        if raw:
            out.write_bytes(store.get_snapshot(version.snapshot).body)
            return 0
        text = _page(store, declared, version).text
    if call.as_json:
        output.print_json({"source": source, "version": version.id, "text": text})
    else:
        output.line(text)
    return 0


def _version(store: "Store", source: "Source", at: "datetime | None") -> "Version":
    from monitor.errors import UsageError

    version = store.find_version(source.id, at=at)
    if version is None:
        when = f" by {at:%Y-%m-%d}" if at else ""
        raise UsageError(f"{source.id} has not been read{when}; `stilltrue versions {source.id}` lists what there is.")
    return version


def _page(store: "Store", source: "Source", version: "Version") -> "Page":
    from monitor.pages import read_page

    return read_page(store.get_snapshot(version.snapshot), source)


def diff(
    call: Call,
    source: Annotated[str, typer.Argument(help="A source's id.")],
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Default: the version before.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Default: the newest.")] = None,
) -> int:
    """What changed between two versions of one page."""
    from monitor.changes.wording import page_diff
    from monitor.shapes import hunk_shape, version_shape

    declared = call.app.get_source(source)
    with call.app.store() as store:
        newer = _version(store, declared, past(call, end))
        older = _since(store, newer, moment(call, start))
        hunks = page_diff(_page(store, declared, older), _page(store, declared, newer))
    if call.as_json:
        shapes = [hunk_shape(hunk) for hunk in hunks]
        output.print_json({"from": version_shape(older), "to": version_shape(newer), "hunks": shapes})
        return 0
    output.print_hunks(older, newer, hunks)
    return 0


def _since(store: "Store", newer: "Version", start: "datetime | None") -> "Version":
    """The version in force at ``start`` (the first one when none was yet), or the one just before ``newer``."""
    older = [item for item in store.versions(newer.source) if item.seen_at < newer.seen_at]
    oldest_first = sorted(older, key=lambda item: item.seen_at) or [newer]
    if start is None:
        return oldest_first[-1]
    return store.find_version(newer.source, at=start) or oldest_first[0]
