"""The local pages in a real browser, as a person uses them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import PHONE, WIDE, opened_browser, served, watched
from lxml import html
from playwright.sync_api import Browser, expect

from monitor.app import App
from monitor.cli.program import run
from monitor.ports import EventQuery
from monitor.web.desk import Desk
from monitor.web.site import publish

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passed is not described: that takes half of the time
}
FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inView = box.bottom > 0 && box.top < innerHeight && box.width > 0;
    return {name: focused.tagName, words: focused.innerText, ring, inView};
}"""
"""Where the focus is, whether a ring shows it, and whether that is on the screen."""
HOSTILE = Path(__file__).parent / "data" / "web"

EVERY_PAGE = [
    "/",
    "/guides",
    "/guides/it-workers",
    "/timeline",
    "/draws",
    "/draws/ircc-ee-rounds",
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
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages over a source and a guide that try everything."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(HOSTILE, folder, dirs_exist_ok=True)
    chosen = ["--config", str(folder / "sources.toml"), "--db", f"sqlite:///{folder}/hostile.db"]
    assert run(["import", str(folder / "manifest.jsonl"), *chosen]) in {0, 1}
    app = App(environ={}, cwd=folder, config_file=folder / "sources.toml", database=f"sqlite:///{folder}/hostile.db")
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def published(demo: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's pages as files."""
    folder = tmp_path_factory.mktemp("site")
    with demo.store() as store:
        publish(Desk(app=demo, store=store, live=False), folder, base="https://monitor.example")
    return folder


@pytest.fixture(scope="module")
def browser(home: str, hostile: str, published: Path) -> Iterator[Browser]:  # noqa: ARG001 - all is up before the browser's loop runs
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
    with watched(browser, home, width=PHONE, dark=True) as window:
        page = window.open(path.format(**fee_change))
        expect(page.locator("h1")).to_have_count(1)
        assert len(page.content().encode()) < 100_000
        for width, dark in ((PHONE, True), (WIDE, False)):
            window.look(width=width, dark=dark)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            found = Axe().run(page, options=AXE).response["violations"]
            assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


def test_the_timeline_is_filtered_and_searched(browser: Browser, home: str):
    with watched(browser, home) as window:
        page = window.open("/timeline")
        page.get_by_label("Kind").select_option("fee")
        page.get_by_label("Publisher").select_option("BC PNP")
        page.get_by_role("button", name="Filter").click()
        expect(page).to_have_url(re.compile("kind=fee"))
        expect(page.locator(".event h3")).to_have_text(["Fee changed"])
        page.get_by_label("Words").fill("no such words")
        page.get_by_label("Words").press("Enter")
        expect(page.locator("main")).to_contain_text("Nothing fits")


def test_a_difference_is_read_inline_and_side_by_side(browser: Browser, home: str, fee_change: dict[str, str]):
    with watched(browser, home) as window:
        page = window.open(f"/events/{fee_change['event']}")
        words = page.locator(".inline-view")
        expect(words.locator("del")).to_contain_text("$1,475")
        expect(words.locator("ins")).to_contain_text("$1,750")
        page.get_by_label("Side by side").check()
        expect(words).to_be_hidden()
        expect(page.locator(".side-view del")).to_have_text("$1,475")
        page.get_by_role("link", name="all that changed on it").click()
        expect(page.locator("table.rows tr.insert ins")).to_have_text(["$1,750 CAD"])


def test_a_recheck_is_closed_from_today_by_keyboard_alone(browser: Browser, home: str):
    with watched(browser, home) as window:
        page = window.open("/")
        page.locator("ol > li").first.get_by_role("link", name="Recheck").focus()
        page.keyboard.press("Enter")
        page.get_by_label("I updated the guide").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("says so now")
        page.keyboard.press("Tab")
        page.keyboard.type("Ana")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("is closed")
        cells = page.locator("table tbody tr").first.locator("td")
        for place, said in enumerate(("updated", "Ana", "says so now")):
            expect(cells.nth(place)).to_have_text(said)


@pytest.mark.parametrize("path", ["/", "/timeline", "/rechecks/{recheck}"])
def test_the_tab_key_stops_in_order_where_it_is_seen(
    browser: Browser, home: str, path: str, fee_change: dict[str, str]
):
    with watched(browser, home) as window:
        page = window.open(path.format(**fee_change))
        stops = []
        for _ in range(24):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUSED))
        assert stops[0]["words"] == "Skip to the content"
        assert all(stop["ring"] and stop["inView"] for stop in stops if stop["name"] != "BODY"), stops
        page.goto(page.url)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_today_says_first_what_needs_attention(browser: Browser, home: str):
    with watched(browser, home, width=PHONE) as window:
        page = window.open("/")
        expect(page.locator("h1")).to_contain_text("no longer match the official pages")
        expect(page.locator("ol > li").first).to_contain_text("contradicted")
        expect(page.locator("h2")).to_have_text(["Look at these first", "What is new"])


def test_draws_sort_and_show_their_silences(browser: Browser, home: str):
    with watched(browser, home) as window:
        page = window.open("/draws/bcpnp-invitations")
        expect(page.locator(".silence").first).to_be_attached()
        page.get_by_role("button", name="Lowest score").click()
        expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Lowest score")
        scores = [text for text in page.locator("tbody td:nth-child(6)").all_inner_texts() if text.isdigit()]
        assert scores == sorted(scores, key=int) != []


def test_the_slider_opens_another_version(browser: Browser, home: str, fee_change: dict[str, str]):
    with watched(browser, home) as window:
        page = window.open(f"/sources/bcpnp-for-workers/versions/{fee_change['version']}")
        expect(page.locator(".page-text")).to_contain_text("$1,750")
        page.get_by_role("slider").press("ArrowLeft")
        expect(page.locator(".page-text")).to_contain_text("$1,475")
        expect(page).not_to_have_url(re.compile(fee_change["version"]))


@pytest.mark.parametrize("path", ["/", "/guides/trap", "/timeline", "/sources/trap", "/rechecks", "/draws"])
def test_hostile_words_are_only_words(browser: Browser, hostile: str, path: str):
    with watched(browser, hostile) as window:
        page = window.open(path)
        assert page.evaluate("window.pwned") is None
        assert page.locator("main img, main script, main [onclick], main a[href^='javascript' i]").count() == 0


def test_a_hostile_page_is_shown_without_what_acts(browser: Browser, hostile: str):
    with watched(browser, hostile) as window:
        page = window.open("/sources/trap")
        page.get_by_role("link", name="Open the stored page").click()
        look = page.frame_locator("iframe")
        expect(look.locator("h1")).to_contain_text("Fees of the trap")
        acting = "script, img, iframe, form, svg, a[href], [onclick], [style], meta[http-equiv=refresh]"
        expect(look.locator(acting)).to_have_count(0)
        page.goto(page.url + "/look.html")
        assert page.evaluate("window.pwned") is None


def test_the_policy_stops_what_escaping_would_miss(browser: Browser, home: str):
    page = browser.new_page()
    page.goto(home)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.pwned = 1'}))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.pwned=1\">x</b>')")
    page.locator("body > b").click()
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("fetch('/api/sources').then(() => 'sent', () => 'stopped')") == "stopped"
    page.close()


def test_the_published_site_is_read_from_the_disk_without_a_server(browser: Browser, published: Path):
    with watched(browser, published.as_uri()) as window:
        page = window.open("/index.html")
        expect(page.locator(".top")).to_have_css("display", "flex")
        page.get_by_role("link", name="Guides", exact=True).click()
        page.get_by_role("link", name="Canada for IT workers").click()
        expect(page.locator("mark.contradicted").first).to_be_visible()
        page.get_by_role("link", name="Draws", exact=True).click()
        page.get_by_role("link", name="BC PNP: BC PNP invitations to apply").click()
        page.get_by_role("button", name="Lowest score").click()
        expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Lowest score")
        page.get_by_role("link", name="Timeline", exact=True).click()
        page.get_by_role("link", name="Fee changed").first.click()
        page.get_by_role("link", name="the page as it was read").click()
        expect(page.frame_locator("iframe").locator("table").last).to_contain_text("Application")
        expect(page.locator("form[method=post]")).to_have_count(0)


def test_no_link_of_the_published_site_is_dead(published: Path):
    pages = {file: html.fromstring(file.read_bytes()) for file in published.rglob("*.html")}
    anchors = {file: set(tree.xpath("//@id")) for file, tree in pages.items()}
    followed, dead = 0, []
    for file, tree in pages.items():
        for link in tree.xpath("//@href | //@src"):
            address = urlsplit(link)
            if address.scheme in {"http", "https"}:
                continue
            target = (file.parent / unquote(address.path)).resolve() if address.path else file
            followed += 1
            if not target.is_file() or (address.fragment and unquote(address.fragment) not in anchors[target]):
                dead.append(f"{file.relative_to(published)}: {link}")
    assert dead == []
    assert followed > 10 * len(pages) > 1000
