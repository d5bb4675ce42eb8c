"""What we say in a request: who we are, what we can read, and what we have read before."""

import re
from collections.abc import Mapping

from monitor.fetch.decoding import ACCEPTED
from monitor.model import Format, Source, Validators

ACCEPT = {
    Format.HTML: "text/html, application/xhtml+xml, */*;q=0.1",
    Format.JSON: "application/json, */*;q=0.1",
    Format.PDF: "application/pdf, */*;q=0.1",
    Format.FEED: "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1",
}
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


def user_agent(contact: str | None, version: str) -> str:
    """``stilltrue/<version> (+<contact>)``: an honest name, and where to complain."""
    name = f"stilltrue/{version}"
    plain = re.sub(r"[^\x21-\x7e]|[()\\]", "", contact or "")
    return f"{name} (+{plain})" if plain else name


def request_headers(source: Source) -> Mapping[str, str]:
    """What a source's format and language make us ask for."""
    language = source.guards.language or "en"
    known = language if _LANGUAGE.fullmatch(language) else "en"
    return {"Accept": ACCEPT[source.format], "Accept-Language": f"{known}, *;q=0.1", "Accept-Encoding": ACCEPTED}


def conditional_headers(validators: Validators) -> Mapping[str, str]:
    """The server's own validators, word for word (RFC 9110, 13.1); what does not fit into a header is left out."""
    pairs = (("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified))
    return {name: value for name, value in pairs if value and _PRINTABLE.fullmatch(value)}
