"""What may be believed: refusals, walls, wrong bytes, error pages, guards, languages."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import Format, Guards, Quality, QualityOutcome, Snapshot, Source
from monitor.pages import read_page
from monitor.pages.quality import assess_page, assess_quality

DATA = Path(__file__).parent / "data" / "pages"
ENGLISH = "You must have a valid job offer and the required experience for this program to apply. " * 4
FRENCH = "Vous devez avoir une offre d'emploi valide et de l'expérience pour le programme afin de présenter. " * 4


def source(format_: Format = Format.HTML, *, must: tuple[str, ...] = (), language: str | None = None) -> Source:
    guards = Guards(must_contain=must, language=language)
    return Source(id="s", publisher="P", url="https://a.ca/", format=format_, guards=guards)


def snapshot(
    body: str | bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    url: str = "https://a.ca/",
) -> Snapshot:
    raw = body.encode() if isinstance(body, str) else body
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Snapshot(source="s", fetched_at=when, status=status, final_url=url, headers=headers or {}, body=raw)


def verdict(quality: Quality) -> tuple[str, str | None]:
    return quality.outcome.value, quality.problem.code if quality.problem else None


def before(body: str | bytes, format_: Format = Format.HTML, **more: int) -> tuple[str, str | None]:
    return verdict(assess_quality(snapshot(body, **more), source(format_)))


def after(
    body: str, format_: Format = Format.HTML, *, must: tuple[str, ...] = (), language: str | None = None
) -> tuple[str, str | None]:
    looked_at = source(format_, must=must, language=language)
    assert assess_quality(snapshot(body), looked_at).outcome is QualityOutcome.OK
    return verdict(assess_page(read_page(snapshot(body), looked_at), looked_at))


def page(content: str, *, lang: str = ' lang="en"', head: str = "<title>Fees</title>") -> str:
    return f"<!DOCTYPE html><html{lang}><head>{head}</head><body><main>{content}</main></body></html>"


OK = ("ok", None)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, "failed"), (410, "failed"), (500, "failed"), (503, "failed"), (403, "blocked"), (429, "blocked")],
)
def test_http_errors(status: int, outcome: str) -> None:
    assert before(page("<h1>Sorry</h1>"), status=status) == (outcome, f"http_{status}")
    assert before("", Format.JSON, status=status) == (outcome, f"http_{status}")


@pytest.mark.parametrize(
    ("body", "format_", "code"),
    [
        ("", Format.HTML, "empty_body"),
        ("\n", Format.JSON, "empty_body"),
        (b"\x00", Format.JSON, "empty_body"),
        (gzip.compress(b"{}"), Format.JSON, "gzip_body"),
        (gzip.compress(b"<html></html>"), Format.HTML, "gzip_body"),
        ("<!DOCTYPE html><html><body><h1>Rounds</h1></body></html>", Format.JSON, "html_not_json"),
        ("oops", Format.JSON, "not_json"),
        ("#N/A", Format.JSON, "placeholder"),
        ('{"rounds": []}', Format.HTML, "wrong_type"),
        ("%PDF-1.7 ...", Format.HTML, "wrong_type"),
        ("%PDF-1.7 ...", Format.JSON, "wrong_type"),
        (b"\x89PNG\r\n\x1a\n\x00", Format.HTML, "wrong_type"),
        ('<?xml version="1.0"?><rss><channel></channel></rss>', Format.HTML, "wrong_type"),
        ("<!DOCTYPE html><html><body><main><p>It ends he", Format.HTML, "truncated"),
        ("<!DOCTYPE html><html><body><main><p>It ends</p><a hre", Format.HTML, "truncated"),
        ("<p>fragment cut in a t<stro", Format.HTML, "truncated"),
    ],
)
def test_bytes_that_are_not_the_page(body: str | bytes, format_: Format, code: str) -> None:
    assert before(body, format_) == ("failed", code)


@pytest.mark.parametrize(
    ("body", "format_"),
    [
        (page("<p>x</p>"), Format.HTML),
        ("<p>a fragment</p>", Format.HTML),
        ("<html><body><p>no end of html</body>", Format.HTML),
        (page("<p>a &lt; b</p>") + "\n<!-- served by node 7 -->\n", Format.HTML),
        ('\ufeff\r\n{"a": 1}', Format.JSON),
        ("[]", Format.JSON),
        ("é".encode("utf-16"), Format.HTML),
        ("%PDF-1.7", Format.PDF),
        ('<?xml version="1.0"?><feed></feed>', Format.FEED),
    ],
)
def test_bytes_that_may_be_the_page(body: str | bytes, format_: Format) -> None:
    assert before(body, format_) == OK


def test_a_body_shorter_than_announced_is_truncated_unless_it_was_packed() -> None:
    body = page("<p>x</p>")
    announced = {"content-length": str(len(body) + 1)}
    assert verdict(assess_quality(snapshot(body, headers=announced), source())) == ("failed", "truncated")
    packed = {**announced, "content-encoding": "gzip"}
    assert verdict(assess_quality(snapshot(body, headers=packed), source())) == OK


def test_a_retired_ontario_page_that_leads_to_the_overview_is_not_the_page() -> None:
    url = "https://www.ontario.ca/page/overview?redirect_id=123&redirect_year=2025"
    assert verdict(assess_quality(snapshot(page("<p>x</p>"), url=url), source())) == ("failed", "retired_page")


WALLS = {
    "radware": """<html><head><title>Radware Captcha Page</title></head><body><h1>We apologize</h1>
        <p>...but your activity on this site made us think that you are a bot.</p>
        <p>Please solve this CAPTCHA to request unblock to the website</p><div>Incident ID: 8d1-2</div>
        <script src="https://captcha.perfdrive.com/captcha-public.js"></script></body></html>""",
    "radware without a title": """<html><body>Incident ID: 4f <form action="https://validate.perfdrive.com/x">
        <div class="h-captcha"></div></form></body></html>""",
    "akamai": """<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>
        You don't have permission to access "http&#58;&#47;&#47;www.canada.ca&#47;en" on this server.<P>
        Reference&#32;&#35;18&#46;1b2&#46;17&#46;9a</P></BODY></HTML>""",
    "cloudflare": """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>
        <noscript>Enable JavaScript and cookies to continue</noscript>
        <script>window._cf_chl_opt={cvId:'3'};</script></body></html>""",
    "cloudflare blocked": """<html><head><title>Attention Required! | Cloudflare</title></head><body>
        <h1>Sorry, you have been blocked</h1><div class="cf-error-details"></div></body></html>""",
    "cloudfront": """<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1>
        Request blocked. We can't connect to the server for this app or website at this time.<PRE>
        Generated by cloudfront (CloudFront)</PRE></BODY></HTML>""",
    "aws": """<!DOCTYPE html><html><head><title></title><script>window.gokuProps = {"key":"x"};</script></head><body>
        <script>AwsWafIntegration.checkForceRefresh()</script><noscript><h1>JavaScript is disabled</h1></noscript>
        </body></html>""",
    "imperva": """<html><head></head><body><iframe src="/_Incapsula_Resource?CWUDNSAI=9">Request unsuccessful.
        Incapsula incident ID: 1-2</iframe></body></html>""",
    "hcaptcha": """<html><head><title>ontario.ca</title></head><body><p>Please verify that you are a human to go on.</p>
        <div class="h-captcha" data-sitekey="x"></div></body></html>""",
    "recaptcha": """<html><head><title>One more step</title></head><body><p>Complete the security check to access.</p>
        <script src="https://www.google.com/recaptcha/api.js"></script></body></html>""",
    "french": """<html lang="fr"><head><title>Accès refusé</title></head><body><p>Confirmez que vous n’êtes pas un
        robot.</p></body></html>""",
}


@pytest.mark.parametrize("name", WALLS)
@pytest.mark.parametrize("status", [200, 403, 429, 503])
@pytest.mark.parametrize("format_", [Format.HTML, Format.JSON])
def test_walls_are_blocked_whatever_their_status_and_whatever_is_due(name: str, status: int, format_: Format) -> None:
    assert before(WALLS[name], format_, status=status) == ("blocked", "captcha")


LONG = "".join(f"<p>Requirement {number} holds for everyone who applies in this stream.</p>" for number in range(40))


@pytest.mark.parametrize(
    "body",
    [
        page(f"<h1>Fees</h1>{LONG}", head='<script src="https://cdn.perfdrive.com/aperture/aperture.js"></script>'),
        page(f"<h1>Fees</h1>{LONG}<script>window.a.src='/cdn-cgi/challenge-platform/x.js'</script>"),
        page("<h1>Contact</h1><p>Write to us.</p><form><div class='g-recaptcha'></div><button>Send</button></form>"),
        page("<h1>Sign in</h1><p>If you are asked to, please complete the form. We use hCaptcha against spam.</p>"),
        page("<h1>Portal help</h1><p>The portal shows a CAPTCHA before you can log in.</p>"),
        page(f"<h1>Access denied to your account?</h1>{LONG}", head="<title>Access denied: what to do</title>"),
        page("<p>Rounds</p>") + "<noscript>Ontario.ca needs JavaScript to function properly.</noscript>",
    ],
)
def test_real_pages_that_mention_or_use_captchas_are_read(body: str) -> None:
    assert before(body) == OK


def test_json_that_mentions_a_captcha_is_read() -> None:
    assert before('{"text": "Access Denied: complete the captcha <b>now</b>"}', Format.JSON) == OK


@pytest.mark.parametrize(
    "body",
    [
        page("<h1>We couldn't find that Web page (Error 404)</h1><p>We're sorry you ended up here.</p>"),
        page("<p>Try the search.</p>", head="<title>Page not found | ontario.ca</title>"),
        page("<h1>Page introuvable</h1><p>Essayez autre chose, il n'y a rien.</p>"),
        page("<h1>Something went wrong</h1><p>Please try again later on.</p>"),
        page("<h1>The site is under maintenance</h1><p>Please try again later on.</p>"),
    ],
)
def test_error_pages_with_status_200(body: str) -> None:
    assert after(body) == ("failed", "soft_404")


@pytest.mark.parametrize(
    "body",
    [
        page(f"<h1>O. Reg. 404/22</h1>{LONG}{LONG}{LONG}"),
        page("<h1>Fees</h1><p>The page was not found to be wrong, said the minister.</p>"),
        page("<h1>Form IMM 5404</h1><p>Fill it in and sign it.</p>"),
    ],
)
def test_pages_about_errors_are_no_error_pages(body: str) -> None:
    assert after(body) == OK


@pytest.mark.parametrize("body", [page(""), page("<div id='root'>Loading...</div>"), page("<nav>menu</nav>")])
def test_an_empty_shell_is_another_layout(body: str) -> None:
    assert after(body) == ("layout_changed", "empty_page")


def test_an_empty_document_is_another_layout() -> None:
    assert after("{}", Format.JSON) == ("layout_changed", "empty_page")


def test_guards_must_be_found_whatever_their_case_and_spacing() -> None:
    body = page("<h1>Invitations&nbsp;to <b>apply</b></h1><p>We invite people to apply here.</p>")
    assert after(body, must=("invitations to apply", "We invite")) == OK
    quality = assess_page(read_page(snapshot(body), source()), source(must=("We invite", "Pool", "Draws")))
    assert verdict(quality) == ("layout_changed", "guard_missing")
    assert quality.problem is not None
    assert "'Pool', 'Draws'" in quality.problem.message


def test_guards_hold_for_json() -> None:
    assert after('{"rounds": [1]}', Format.JSON, must=('"rounds"',)) == OK
    assert after('{"rows": [1]}', Format.JSON, must=('"rounds"',)) == ("layout_changed", "guard_missing")


@pytest.mark.parametrize(
    ("body", "due", "expected"),
    [
        (page(f"<p>{ENGLISH}</p>"), "en", OK),
        (page(f"<p>{ENGLISH}</p>", lang=' lang="en-CA"'), "en", OK),
        (page(f"<p>{ENGLISH}</p>", lang=""), "en", OK),
        (page(f"<p>{FRENCH}</p>", lang=' lang="fr"'), "fr", OK),
        (page(f"<p>{FRENCH}</p>", lang=' lang="fr"'), "en", ("failed", "wrong_language")),
        (page(f"<p>{FRENCH}</p>", lang=""), "en", ("failed", "wrong_language")),
        (page(f"<p>{FRENCH}</p>"), "en", ("failed", "wrong_language")),
        (page(f"<p>{ENGLISH}</p>", lang=' lang="fr"'), "fr", ("failed", "wrong_language")),
        (page("<p>447, 448, 449, 450</p>", lang=' lang="fr"'), "en", ("failed", "wrong_language")),
        (page("<p>447, 448, 449, 450</p>", lang="", head='<meta name="dcterms.language" content="fra">'), "fr", OK),
        (page("<p>447, 448, 449, 450</p>", lang=""), "en", OK),
        (page(f"<p>{FRENCH}</p>", lang=' lang="fr"'), None, OK),
    ],
)
def test_languages_of_pages(body: str, due: str | None, expected: tuple[str, str | None]) -> None:
    assert after(body, language=due) == expected


def test_languages_of_json_are_guessed_from_its_words_not_its_keys() -> None:
    english = {"programme_de_la_semaine": [{"text": ENGLISH}] * 3}
    french = {"the_week_of_the_program": [{"text": FRENCH}] * 3}
    assert after(json.dumps(english), Format.JSON, language="en") == OK
    assert after(json.dumps(french), Format.JSON, language="en") == ("failed", "wrong_language")
    times = {
        "visitor": {
            code: f"{number} jours"
            for number, code in enumerate(["AF", "AL", "DZ", "AO", "AG", "AR", "AM", "AU", "AT", "AZ"])
        }
    }
    assert after(json.dumps(times), Format.JSON, language="fr") == OK
    assert after(json.dumps(times), Format.JSON, language="en") == ("failed", "wrong_language")


def test_a_spreadsheets_error_value_in_a_string_is_a_placeholder() -> None:
    assert after('{"work": {"AF": "#N/A", "AL": "3 weeks"}}', Format.JSON) == ("failed", "placeholder")
    assert after('{"work": {"AF": "see #1", "AL": "3 weeks"}}', Format.JSON) == OK


@pytest.mark.parametrize("name", ["canada-points", "welcomebc-rounds", "ontario-updates"])
def test_publisher_shapes_are_good(name: str) -> None:
    assert after((DATA / f"{name}.html").read_text(encoding="utf-8"), language="en") == OK


def test_real_copies_are_good_but_the_one_byte_body(real: Path) -> None:
    bad = {}
    for line in (real / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        raw = (real / item["file"]).read_bytes()
        body = gzip.decompress(raw) if item.get("encoding") == "gzip" else raw
        looked_at = source(Format.JSON if "json" in item["content_type"] else Format.HTML, language="en")
        quality = assess_quality(snapshot(body, url=item["url"]), looked_at)
        if quality.outcome is QualityOutcome.OK:
            quality = assess_page(read_page(snapshot(body, url=item["url"]), looked_at), looked_at)
        if verdict(quality) != OK:
            bad[item["file"]] = verdict(quality)
    assert bad == {"ircc-ee-rounds/20250710T0313Z-empty.json": ("failed", "empty_body")}
