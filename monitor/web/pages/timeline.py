"""The timeline, and one event in full."""

from monitor.browsing import Slice
from monitor.errors import UsageError
from monitor.web.asking import sift_of
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.differences import compare_quotes, compare_values
from monitor.web.rendering import page

KINDS = (
    ("draw", "Draws"),
    ("fee", "Fees"),
    ("processing_time", "Processing times"),
    ("threshold", "Thresholds"),
    ("occupation", "Occupations"),
    ("stream", "Streams"),
    ("allocation", "Allocations"),
    ("deadline", "Deadlines"),
    ("rule", "Rules"),
    ("notice", "Notices"),
    ("page", "Pages"),
    ("source", "Sources"),
)
FILTERS = ("publisher", "source", "kind", "guide", "assumption", "since", "until", "q", "retracted")


def timeline(desk: Desk, asked: Asked) -> Answer:
    """Change events, newest first, a slice at a time."""
    problem, found = None, Slice(events=())
    try:
        found = desk.store.sift(sift_of(desk, asked))
    except UsageError as error:
        problem = str(error)
    number = int(asked.query.get("page", "1")) if not desk.live else 1
    chosen = {name: asked.query[name] for name in FILTERS if asked.query.get(name)}
    return page(
        desk,
        asked,
        "timeline.html.j2",
        found=found,
        next_page={} if desk.live else {"page": number + 1},
        goes_on=found.next is not None and (desk.live or number < desk.most_slices),
        chosen=chosen,
        problem=problem,
        kinds=KINDS,
        guides=desk.app.config.guides,
        status=400 if problem else 200,
    )


def event(desk: Desk, asked: Asked) -> Answer:
    """One event with its evidence and what it touches."""
    name = asked.params["event"]
    stored = desk.store.find_event(name)
    if stored is None or not stored.event.id.startswith(name):
        raise MissingError(f"There is no event {name!r}.")
    hunks, rows = compare_quotes(stored.event)
    known = stored.event.source in desk.app.config.sources
    return page(
        desk,
        asked,
        "event.html.j2",
        stored=stored,
        event=stored.event,
        hunks=hunks,
        rows=rows,
        fields=compare_values(stored.event),
        known=known,
    )
