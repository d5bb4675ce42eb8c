"""The record as JSON, in the shapes of the interface; each endpoint is one line of a table that also describes it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from monitor.browsing import Sift
from monitor.changes.wording import word_diff
from monitor.model import Delivery, FactKind, KnownFact, Recheck, Version, stamp
from monitor.shapes import (
    Shape,
    check_shape,
    delivery_shape,
    event_shape,
    fact_shape,
    hunk_shape,
    recheck_shape,
    source_shape,
    verdict_shape,
    version_shape,
)
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.parameters import Parameter, choice, day, number, read_all, text, word

JSON = "application/json"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_EVENT = r"[0-9a-f]{4,64}"
_LIMIT = number("limit", "At most so many.", usual=50, most=200)
_GUIDE = word("guide", "Only what concerns this guide.", _NAME)
_KIND = choice("kind", "Only facts of this kind.", tuple(FactKind))

Values = Mapping[str, Any]


class Endpoint(Struct, frozen=True, kw_only=True):
    """One address: what it answers with (a schema's name, or a list of it), its parameters, and the work."""

    about: str
    answers: str
    many: bool
    make: Callable[[Desk, Mapping[str, str], Values], Any]
    parameters: Sequence[Parameter] = ()


def answer(desk: Desk, asked: Asked, endpoint: Endpoint) -> Answer:
    """The endpoint's answer. Raises UsageError for parameters that do not fit, MissingError for unknown names."""
    made = endpoint.make(desk, asked.params, read_all(endpoint.parameters, asked.raw))
    return as_json(made)


def as_json(made: Any, *, status: int = 200) -> Answer:
    """Anything as a JSON document."""
    return Answer(content=json.dumps(made, ensure_ascii=False), media_type=JSON, status=status)


def events(desk: Desk, _params: Mapping[str, str], given: Values) -> Shape:
    """A slice of the timeline and where the next one begins."""
    if "source" in given:
        sources: tuple[str, ...] = (desk.get_source(given["source"]).id,)
    else:
        sources = desk.sources_of(given["publisher"]) if "publisher" in given else ()
    after = given.get("after")
    if after is not None and ((stored := desk.store.find_event(after)) is None or stored.event.id != after):
        raise MissingError(f"There is no event {after!r} to go on from.")
    found = desk.store.sift(
        Sift(
            sources=sources,
            kind=given.get("kind"),
            guide=desk.get_guide(given["guide"]).id if "guide" in given else None,
            assumption=given.get("assumption"),
            text=given.get("q"),
            since=given.get("since"),
            until=given.get("until"),
            after=after,
            limit=given["limit"],
        )
    )
    return {
        "events": [event_shape(item.event, item.affects) for item in found.events],
        "next": found.next,
        "searched_to": stamp(found.searched_to) if found.searched_to else None,
    }


def event(desk: Desk, params: Mapping[str, str], _given: Values) -> Shape:
    """One event with the word diff of its quotes."""
    known = re.fullmatch(_EVENT, params["event"])
    stored = desk.store.find_event(params["event"]) if known else None
    if stored is None:
        raise MissingError(f"There is no event {params['event']!r}.")
    evidence = stored.event.evidence
    hunks = word_diff(evidence.quote_before or "", evidence.quote_after or "")
    return {**event_shape(stored.event, stored.affects), "hunks": [hunk_shape(hunk) for hunk in hunks]}


def sources(desk: Desk, _params: Mapping[str, str], _given: Values) -> list[Shape]:
    """All sources and how they read."""
    states = desk.store.read_states()
    return [source_shape(source, states) for source in desk.app.config.sources.values()]


def source(desk: Desk, params: Mapping[str, str], _given: Values) -> Shape:
    """One source."""
    wanted = desk.get_source(params["source"])
    return source_shape(wanted, desk.store.read_states(sources=[wanted.id]))


def facts(desk: Desk, params: Mapping[str, str], given: Values) -> list[Shape]:
    """The facts of a source that were recorded last."""
    wanted = FactKind(given["kind"]) if "kind" in given else None
    name = desk.get_source(params["source"]).id
    found: list[KnownFact] = desk.store.recent_facts(name, kind=wanted, limit=given["limit"])
    return [fact_shape(item) for item in found]


def versions(desk: Desk, params: Mapping[str, str], given: Values) -> list[Shape]:
    """The newest versions of a source's page."""
    name = desk.get_source(params["source"]).id
    found: list[Version] = desk.store.recent_versions(name, limit=given["limit"])
    return [version_shape(item) for item in found]


def checks(desk: Desk, params: Mapping[str, str], given: Values) -> list[Shape]:
    """The newest checks of a source."""
    name = desk.get_source(params["source"]).id
    return [check_shape(item) for item in desk.store.recent_checks(name, limit=given["limit"])]


def counts(desk: Desk, params: Mapping[str, str], _given: Values) -> Mapping[str, int]:
    """How many checks of a source ended in each outcome."""
    return dict(desk.store.outcome_counts(desk.get_source(params["source"]).id))


def verdicts(desk: Desk, _params: Mapping[str, str], given: Values) -> list[Shape]:
    """The board."""
    wanted = desk.get_guide(given["guide"]).id if "guide" in given else None
    board = desk.verdicts(desk.store.rechecks(state="open"))
    return [verdict_shape(item) for item in board if wanted in (None, item.guide)]


def rechecks(desk: Desk, _params: Mapping[str, str], given: Values) -> list[Shape]:
    """The open tasks, or the closed ones that were opened last."""
    wanted = desk.get_guide(given["guide"]).id if "guide" in given else None
    found: Sequence[Recheck]
    if given.get("state", "open") == "closed":
        found = desk.store.closed_rechecks(guide=wanted, limit=given["limit"])
    else:
        found = desk.store.rechecks(guide=wanted, state="open")[: given["limit"]]
    return [recheck_shape(item) for item in found]


def deliveries(desk: Desk, _params: Mapping[str, str], given: Values) -> list[Shape]:
    """What was told, to whom, with what outcome."""
    found: list[Delivery] = desk.store.recent_deliveries(limit=given["limit"])
    return [delivery_shape(item) for item in found]


ENDPOINTS: Mapping[str, Endpoint] = {
    "/api/events": Endpoint(
        about="Change events, newest first, a slice at a time.",
        answers="Slice",
        many=False,
        make=events,
        parameters=(
            word("source", "Only this source.", _NAME),
            text("publisher", "Only this publisher.", longest=100),
            word("kind", "Only kinds that begin so: draw, fee.changed.", r"[a-z_]+(\.[a-z_]*)?"),
            _GUIDE,
            word("assumption", "Only what touched this assumption.", _NAME),
            text("q", "Only events whose words hold each of these."),
            day("since", "Not before the start of this day (UTC)."),
            day("until", "Not after the end of this day (UTC).", end=True),
            word("after", "Go on behind this event: `next` of the slice before.", _EVENT),
            _LIMIT,
        ),
    ),
    "/api/events/{event}": Endpoint(about="One event with a word diff.", answers="EventInFull", many=False, make=event),
    "/api/sources": Endpoint(about="Sources and their health.", answers="Source", many=True, make=sources),
    "/api/sources/{source}": Endpoint(about="One source.", answers="Source", many=False, make=source),
    "/api/sources/{source}/facts": Endpoint(
        about="What stands on its page now.", answers="Fact", many=True, make=facts, parameters=(_KIND, _LIMIT)
    ),
    "/api/sources/{source}/versions": Endpoint(
        about="The kept versions of its page, newest first.",
        answers="Version",
        many=True,
        make=versions,
        parameters=(_LIMIT,),
    ),
    "/api/sources/{source}/checks": Endpoint(
        about="Its checks, newest first.", answers="Check", many=True, make=checks, parameters=(_LIMIT,)
    ),
    "/api/sources/{source}/counts": Endpoint(
        about="How many of its checks ended in each outcome.", answers="Counts", many=False, make=counts
    ),
    "/api/verdicts": Endpoint(
        about="The board: a verdict for each assumption.",
        answers="Verdict",
        many=True,
        make=verdicts,
        parameters=(_GUIDE,),
    ),
    "/api/rechecks": Endpoint(
        about="The tasks for people.",
        answers="Recheck",
        many=True,
        make=rechecks,
        parameters=(_GUIDE, choice("state", "Which ones.", ("open", "closed")), _LIMIT),
    ),
    "/api/deliveries": Endpoint(
        about="What was told, to whom, with what outcome; newest first.",
        answers="Delivery",
        many=True,
        make=deliveries,
        parameters=(_LIMIT,),
    ),
}
"""Every address of the API."""
