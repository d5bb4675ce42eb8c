"""The local pages in a real browser, as a person uses them."""

from collections.abc import Iterator

import pytest
from browsing import PHONE, WIDE, opened_browser, served, watched
from playwright.sync_api import Browser

from monitor.app import App
from monitor.ports import EventQuery

EVERY_PAGE = [
    "/",
    "/guides",
    "/guides/it-workers",
    "/timeline",
    "/timeline?kind=draw&publisher=IRCC",
    "/events/{event}",
    "/sources",
    "/sources/bcpnp-for-workers",
    "/sources/bcpnp-for-workers/versions/{version}",
    "/sources/bcpnp-for-workers/changes/{version}",
    "/rechecks",
    "/rechecks/{recheck}",
    "/alerts",
]
"""Every page; the names in braces are of the demo's fee change."""


@pytest.fixture(scope="module")
def home(demo: App) -> Iterator[str]:
    with served(demo) as address:
        yield address


@pytest.fixture(scope="module")
def browser(home: str) -> Iterator[Browser]:  # noqa: ARG001 - the pages are up before the browser's loop runs
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def fee_change(demo: App) -> dict[str, str]:
    """The ids that stand for the names in braces."""
    with demo.store() as store:
        (stored,) = store.events(EventQuery(kind="fee.changed"))
        task = next(item for item in store.rechecks(state="open") if item.assumption == "C44")
        return {"event": stored.event.id, "version": stored.event.evidence.after or "", "recheck": str(task.id)}


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_fits_phone_and_wide_screen_without_a_fault(
    browser: Browser, home: str, path: str, fee_change: dict[str, str]
):
    for width, dark in ((PHONE, True), (WIDE, False)):
        with watched(browser, home, width=width, dark=dark) as window:
            page = window.open(path.format(**fee_change))
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            assert len(page.content().encode()) < 100_000


def test_the_timeline_is_filtered_and_searched(browser: Browser, home: str):
    with watched(browser, home) as window:
        page = window.open("/timeline")
        page.get_by_label("Kind").select_option("fee")
        page.get_by_label("Publisher").select_option("BC PNP")
        page.get_by_role("button", name="Filter").click()
        assert page.locator(".event h3").all_inner_texts() == ["Fee changed"]
        page.get_by_label("Words").fill("no such words")
        page.get_by_label("Words").press("Enter")
        assert "Nothing fits" in page.locator("main").inner_text()


def test_a_difference_is_read_inline_and_side_by_side(browser: Browser, home: str, fee_change: dict[str, str]):
    with watched(browser, home) as window:
        page = window.open(f"/events/{fee_change['event']}")
        words = page.locator(".inline-view")
        assert "$1,475" in words.locator("del").inner_text()
        assert "$1,750" in words.locator("ins").inner_text()
        page.get_by_label("Side by side").check()
        assert words.is_hidden()
        assert page.locator(".side-view del").inner_text() == "$1,475"
        page.get_by_role("link", name="all that changed on it").click()
        changed = page.locator("table.rows tr.insert")
        assert changed.locator("ins").all_inner_texts() == ["$1,750 CAD"]


def test_a_recheck_is_closed_from_today_by_keyboard_alone(browser: Browser, home: str):
    with watched(browser, home) as window:
        page = window.open("/")
        task = page.locator("ol > li").first.get_by_role("link", name="Recheck")
        task.focus()
        page.keyboard.press("Enter")
        page.get_by_label("I updated the guide").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("says so now")
        page.keyboard.press("Tab")
        page.keyboard.type("Ana")
        page.keyboard.press("Enter")
        assert "is closed" in page.get_by_role("status").inner_text()
        row = page.locator("table tbody tr").first
        assert row.locator("td").all_inner_texts()[:3] == ["updated", "Ana", "says so now"]


def test_today_says_first_what_needs_attention(browser: Browser, home: str):
    with watched(browser, home, width=PHONE) as window:
        page = window.open("/")
        assert "no longer match the official pages" in page.locator("h1").inner_text()
        first = page.locator("ol > li").first
        assert "contradicted" in first.inner_text()
        assert page.locator("h2").all_inner_texts() == ["Look at these first", "What is new"]
