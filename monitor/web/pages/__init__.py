"""The pages, one module a place; this table is where their addresses stand."""

from collections.abc import Callable, Mapping

from monitor.web.desk import Answer, Asked, Desk
from monitor.web.pages.today import today

Show = Callable[[Desk, Asked], Answer]
"""Makes one page: pure but for reading the store and the clock through the desk."""

PAGES: Mapping[str, Show] = {
    "/": today,
}
"""Addresses in Starlette's notation to what is shown there; the published site is made from the same table."""
