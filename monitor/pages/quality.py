"""Whether what was fetched may be believed: status, walls and wrong bytes before parsing, guards and language after."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from monitor.model import (
    BlockKind,
    Format,
    Page,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
)
from monitor.pages.decode import decode_body
from monitor.pages.json_page import is_placeholder
from monitor.pages.language import guess_language, same_language, strings_of
from monitor.pages.walls import find_wall
from monitor.pages.wording import tidy

OK = Quality(outcome=QualityOutcome.OK)

_REFUSALS = frozenset({401, 403, 407, 429, 451})
_BINARY = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf")
_BLANK = b"\x00 \t\r\n\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_FEED = re.compile(r"\s*<\?xml[^>]*>.{0,2000}?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_OPEN_TAG = re.compile(r"<[a-z!/][^<>]*\Z", re.IGNORECASE)
_ERROR_TITLE = re.compile(
    r"""^\W*not\ found\W*$
    |^\W*40[34]\W*(?:$|not|page|forbidden|error|erreur)|\b(?:error|erreur|http)\W*(?:40[34]|50\d)\b
    |page\ (?:was\ )?not\ found|page\ (?:introuvable|non\ trouvée)|n.avons\ pu\ trouver
    |(?:can|could)(?:\ ?not|n.t)\ (?:find|be\ found)|page\ (?:can.t\ be\ found|does\ n[o.]t\ exist|no\ longer\ exists)
    |something\ went\ wrong|temporarily\ unavailable|service\ unavailable|under\ maintenance
    |internal\ server\ error|bad\ gateway|gateway\ time-?out|site\ (?:is\ )?(?:down|unavailable)""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED_PLACEHOLDER = re.compile(r"\"#(?:N/A|REF!|VALUE!|NAME\?|NULL!|DIV/0!|NUM!)")
_LONG_PAGE = 6_000
"""Characters of content above which a heading about errors is a subject, not the page's own state."""
_WAITING = re.compile(
    r"\s*(?:loading|please wait|chargement|(?:you need to|please) enable javascript|this \w+ requires javascript)",
    re.IGNORECASE,
)
_LEAST_TEXT = 200
"""Characters of content above which words about loading are a part of it."""
_SAMPLE = 2_000
"""Strings of a JSON document that its language is guessed from."""


def assess_quality(snapshot: Snapshot, source: Source) -> Quality:
    """The judgement before parsing. ``blocked``: a bot wall or a refusal; ``failed``: not the page that is due."""
    body = snapshot.body
    text = "" if _is_binary(body) else decode_body(snapshot)
    wall = find_wall(text) if text.lstrip()[:1] not in {"{", "["} else None
    if wall:
        return _blocked("captcha", f"The server answered with a bot wall ({wall}). Fetch later and more slowly.")
    if snapshot.status >= 300:  # noqa: PLR2004 - below 300 is success, RFC 9110
        return _assess_status(snapshot.status)
    for problem in _byte_problems(snapshot, source, text):
        return Quality(outcome=QualityOutcome.FAILED, problem=problem)
    return OK


def assess_page(page: Page, source: Source) -> Quality:
    """The judgement after parsing: error pages with status 200, empty shells, guards and language."""
    checks = (_error_page, _bad_values, _wrong_language, _empty_page, _missing_guard)
    return next((quality for check in checks if (quality := check(page, source)) is not None), OK)


def _assess_status(status: int) -> Quality:
    code = f"http_{status}"
    if status in _REFUSALS:
        return _blocked(code, f"The server refused the request (HTTP {status}). Fetch later and more slowly.")
    hint = " The page may have moved: look for its new address." if status in {404, 410} else ""
    return _failed(code, f"The server answered with HTTP {status}.{hint}")


def _is_binary(body: bytes) -> bool:
    return body.startswith((_GZIP, *_BINARY)) or (b"\x00" in body[:1024] and body[:2] not in {b"\xff\xfe", b"\xfe\xff"})


def _byte_problems(snapshot: Snapshot, source: Source, text: str) -> Iterator[Problem]:
    """What is wrong with the bytes, worst first."""
    body = snapshot.body
    if not body.strip(_BLANK):
        yield Problem(code="empty_body", message="The body is empty.")
    elif body.startswith(_GZIP):
        yield Problem(code="gzip_body", message="The body is gzip bytes that the server did not declare.")
    elif _is_binary(body) and source.format is not Format.PDF:
        yield Problem(code="wrong_type", message=f"The body is a binary file where {source.format} is due.")
    elif _is_short(snapshot):
        yield Problem(code="truncated", message="The body is shorter than the server announced.")
    elif source.format is Format.HTML:
        yield from _html_problems(snapshot, text)
    elif source.format is Format.JSON:
        yield from _json_problems(text)


def _is_short(snapshot: Snapshot) -> bool:
    announced = snapshot.headers.get("content-length", "")
    is_plain = snapshot.headers.get("content-encoding", "identity").lower() in {"", "identity"}
    return is_plain and announced.isdecimal() and len(snapshot.body) < int(announced)


def _html_problems(snapshot: Snapshot, text: str) -> Iterator[Problem]:
    start = text.lstrip()[:1]
    if start in {"{", "["} and not _END.search(text):
        yield Problem(code="wrong_type", message="The body is JSON where HTML is due.")
    elif _FEED.match(text):
        yield Problem(code="wrong_type", message="The body is a feed where HTML is due.")
    elif "redirect_id" in parse_qs(urlsplit(snapshot.final_url).query):
        yield Problem(code="retired_page", message="The page was retired: the server leads to an overview instead.")
    elif _OPEN_TAG.search(text[-2000:]) or (_DOCUMENT.search(text[:4000]) and not _END.search(text)):
        yield Problem(code="truncated", message="The HTML ends in the middle.")


def _json_problems(text: str) -> Iterator[Problem]:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        yield Problem(code="html_not_json", message="The body is an HTML page where JSON is due.")
    elif is_placeholder(start):
        yield Problem(code="placeholder", message="The body is a spreadsheet's error value instead of data.")
    elif start[:1] not in {"{", "["}:
        yield Problem(code="not_json", message="The body is no JSON object or list.")


def _error_page(page: Page, source: Source) -> Quality | None:
    if source.format is not Format.HTML or len(page.text) > _LONG_PAGE:
        return None
    titles = [
        page.title,
        *(block.text for block in page.blocks if block.kind is BlockKind.HEADING and block.level == 1),
    ]
    if any(_ERROR_TITLE.search(title) for title in titles):
        return _failed("soft_404", f"The server answered 200 with an error page: {page.title!r}.")
    return None


def _bad_values(page: Page, source: Source) -> Quality | None:
    if source.format is Format.JSON and _QUOTED_PLACEHOLDER.search(page.text):
        return _failed("placeholder", "The JSON holds a spreadsheet's error value instead of data.")
    return None


def _wrong_language(page: Page, source: Source) -> Quality | None:
    due = source.guards.language
    if due is None:
        return None
    strings = strings_of(page.data) if page.data is not None else iter((page.text,))
    found = guess_language("\n".join(islice(strings, _SAMPLE))) or page.language
    if found is None or same_language(found, due):
        return None
    return _failed("wrong_language", f"The page is in {found!r} where {due!r} is due.")


def _empty_page(page: Page, source: Source) -> Quality | None:
    words = "" if source.format is Format.JSON else " ".join(block.text for block in page.blocks)
    is_shell = not words or (len(words) < _LEAST_TEXT and bool(_WAITING.match(words)))
    is_empty = not page.data if source.format is Format.JSON else is_shell
    if not is_empty:
        return None
    return _changed("empty_page", "Nothing is left of the page in the source's scope: it may be drawn by script now.")


def _missing_guard(page: Page, source: Source) -> Quality | None:
    missing = [guard for guard in source.guards.must_contain if guard not in page.text]
    if missing:
        words = tidy(f"{page.title} {page.text}").casefold()
        missing = [guard for guard in missing if tidy(guard).casefold() not in words]
    if not missing:
        return None
    return _changed("guard_missing", f"The page no longer contains {', '.join(map(repr, missing))}.")


def _blocked(code: str, message: str) -> Quality:
    return Quality(outcome=QualityOutcome.BLOCKED, problem=Problem(code=code, message=message))


def _failed(code: str, message: str) -> Quality:
    return Quality(outcome=QualityOutcome.FAILED, problem=Problem(code=code, message=message))


def _changed(code: str, message: str) -> Quality:
    return Quality(outcome=QualityOutcome.LAYOUT_CHANGED, problem=Problem(code=code, message=message))
