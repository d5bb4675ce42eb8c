"""The local pages served on loopback, and a real browser that must not leave it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

import pytest
from msgspec import Struct, field
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from monitor.app import App
from monitor.demo import played
from monitor.web.desk import Desk
from monitor.web.guard import Access, names
from monitor.web.serving import listen, make_server, spoken_address

PHONE, WIDE = 390, 1280
_PATIENCE = 30_000
"""Milliseconds a busy machine is given; what is there at once costs none of them."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def served(app: App, *, token: str | None = None) -> Iterator[str]:
    """The pages of this program on a free port of 127.0.0.1; yields the address without a slash at its end."""
    host = "127.0.0.1"
    with listen(host, 0) as sock, app.store() as store:
        server = make_server(Desk(app=app, store=store), Access(names=names((), host), token=token))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            yield spoken_address(sock, host).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """The system's Chromium; skips where there is none."""
    found = next(filter(None, map(which, _BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched(Struct, dict=True):
    """A browser page and what went wrong in it: console errors, script errors, requests to anywhere else."""

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.faults.append(f"left loopback: {request.url}")

    def look(self, *, width: int, dark: bool) -> None:
        """Look at it on such a screen."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")

    def open(self, path: str) -> Page:
        """The page at a path."""
        self.page.goto(self.home + path)
        return self.page


@contextmanager
def watched(browser: Browser, home: str, *, width: int = WIDE, dark: bool = False) -> Iterator[Watched]:
    """A fresh page; fails at its end when anything went wrong in it."""
    window = Watched(page=_context(browser).new_page(), home=home)
    window.look(width=width, dark=dark)
    try:
        yield window
    finally:
        window.page.close()
    assert window.faults == []


def _context(browser: Browser) -> BrowserContext:
    """The browser's one context: making a new one for each page takes longer than most pages."""
    if browser.contexts:
        return browser.contexts[0]
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    return context


@pytest.fixture(scope="session")
def demo() -> Iterator[App]:
    """The demo's program at the story's end, its database in a throw-away folder."""
    with played() as (app, _):
        yield app


__all__ = ["PHONE", "WIDE", "Watched", "demo", "opened_browser", "served", "watched"]
