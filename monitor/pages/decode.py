"""Body bytes → text: byte order mark, Content-Type header, meta element, then UTF-8."""

import codecs
import re
from collections.abc import Iterator

from monitor.model import Snapshot

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# WHATWG Encoding Standard, "names and labels": what pages call Latin-1 or ASCII is read as windows-1252.
_WINDOWS_1252 = frozenset({"iso8859-1", "ascii", "cp1252", "latin_1", "latin-1"})
# Python knows codecs that no page may ask for ("hex", "idna", "unicode_escape").
_FOR_PAGES = re.compile(
    r"utf-(8|16|32)|cp\d+|iso8859-\d+|ascii|latin|mac|koi8|gb|big5|euc|shift_jis|iso2022|hz|tis|ptcp"
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_META_WINDOW = 8192


def decode_body(snapshot: Snapshot) -> str:
    """The body as text. Undecodable bytes become U+FFFD, only when no candidate reads the body whole."""
    body = snapshot.body
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, errors="replace")
    tried = []
    for name in _candidates(snapshot):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            tried.append(name)
    return body.decode(tried[0], errors="replace")


def _candidates(snapshot: Snapshot) -> Iterator[str]:
    """Encodings in the order they count; the meta element is looked at only where the header does not settle it."""
    named = _python_name(_header_charset(snapshot))
    if named:
        yield named
    meant = _python_name(_meta_charset(snapshot.body))
    if meant:
        yield meant
    yield "utf-8"
    if not (named or meant):
        yield "cp1252"


def _header_charset(snapshot: Snapshot) -> str | None:
    match = _CHARSET.search(snapshot.headers.get("content-type", ""))
    return match.group(1) if match else None


def _meta_charset(body: bytes) -> str | None:
    """The encoding a meta element names; one that says UTF-16 in ASCII bytes means UTF-8 (WHATWG HTML, prescan)."""
    if body.lstrip()[:1] != b"<":
        return None
    # Heavy, and needed only once a page is really read.
    from bs4.dammit import EncodingDetector  # noqa: PLC0415 - see above

    name = EncodingDetector.find_declared_encoding(body[:_META_WINDOW], is_html=True)
    return "utf-8" if name and name.lower().startswith("utf-16") else name


def _python_name(label: str | None) -> str | None:
    if not label:
        return None
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in _WINDOWS_1252:
        return "cp1252"
    return name if _FOR_PAGES.match(name) else None
