"""The local pages in a real browser, as a person uses them."""

from collections.abc import Iterator

import pytest
from browsing import PHONE, WIDE, opened_browser, served, watched
from playwright.sync_api import Browser

from monitor.app import App

EVERY_PAGE = ["/"]


@pytest.fixture(scope="module")
def home(demo: App) -> Iterator[str]:
    with served(demo) as address:
        yield address


@pytest.fixture(scope="module")
def browser(home: str) -> Iterator[Browser]:  # noqa: ARG001 - the pages are up before the browser's loop runs
    with opened_browser() as opened:
        yield opened


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_fits_its_window_without_a_fault(browser: Browser, home: str, path: str, width: int):
    with watched(browser, home, width=width) as window:
        page = window.open(path)
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_today_says_first_what_needs_attention(browser: Browser, home: str):
    with watched(browser, home, width=PHONE) as window:
        page = window.open("/")
        assert "no longer match the official pages" in page.locator("h1").inner_text()
        first = page.locator("ol > li").first
        assert "contradicted" in first.inner_text()
        assert page.locator("h2").all_inner_texts() == ["Look at these first", "What is new"]
