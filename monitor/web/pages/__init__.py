"""The pages, one module a place; this table is where their addresses stand."""

from collections.abc import Callable, Mapping

from monitor.web.desk import Answer, Asked, Desk
from monitor.web.feeds import all_changes, calendar, guide_changes, publisher_changes
from monitor.web.pages.draws import draws, draws_csv, draws_json, source_draws
from monitor.web.pages.guides import guide, guides
from monitor.web.pages.sources import changes, frame, source, sources, version, version_text
from monitor.web.pages.tasks import alerts, recheck, rechecks
from monitor.web.pages.timeline import event, timeline
from monitor.web.pages.today import today

Show = Callable[[Desk, Asked], Answer]
"""Makes one page: pure but for reading the store and the clock through the desk."""

PAGES: Mapping[str, Show] = {
    "/": today,
    "/guides": guides,
    "/guides/{guide}": guide,
    "/timeline": timeline,
    "/events/{event}": event,
    "/draws": draws,
    "/draws/{source}": source_draws,
    "/draws/{source}/draws.csv": draws_csv,
    "/draws/{source}/draws.json": draws_json,
    "/sources": sources,
    "/sources/{source}": source,
    "/sources/{source}/versions/{version}": version,
    "/sources/{source}/versions/{version}/text.txt": version_text,
    "/sources/{source}/versions/{version}/look.html": frame,
    "/sources/{source}/changes/{version}": changes,
    "/rechecks": rechecks,
    "/rechecks/{recheck}": recheck,
    "/alerts": alerts,
    "/feeds/all.atom": all_changes,
    "/feeds/publisher/{publisher}.atom": publisher_changes,
    "/feeds/guide/{guide}.atom": guide_changes,
    "/calendar.ics": calendar,
}
"""Addresses in Starlette's notation to what is shown there; the published site is made from the same table."""
