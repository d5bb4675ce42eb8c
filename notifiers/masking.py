"""Decides what of an address may be shown: scheme and host; and hides its secrets wherever else they turn up."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from notifiers.escaping import one_line

HIDDEN = "***"
_LENGTH = 400
_SHORTEST_SECRET = 4
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://(?:[^\s/@'\"]*@)?([^\s/?#'\")]*)[^\s'\")]*", re.IGNORECASE)
_PATH_IN_ERROR = re.compile(r"with url: \S+")


def masked_url(url: str) -> str:
    """The address as scheme and host, fit to show; the host too is hidden where services put a token there."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host if '.' in host or host == 'localhost' else HIDDEN}"


def masked(text: str, url: str) -> str:
    """The text on one line without the secrets of this address: user, password, path, query, and any address's path."""
    for secret in _secrets(url):
        text = text.replace(secret, HIDDEN)
    text = _PATH_IN_ERROR.sub(f"with url: {HIDDEN}", text)
    return one_line(_ADDRESS.sub(r"\1://\2", text), _LENGTH)


def hide(text: str, secret: str | None) -> str:
    """The text without the secret."""
    return text.replace(secret, HIDDEN) if secret else text


def _secrets(url: str) -> list[str]:
    rest = url.partition("://")[2]
    netloc, _, tail = rest.partition("/")
    path, _, query = tail.partition("?")
    login, at, host = netloc.rpartition("@")
    found = [url, *login.split(":"), *path.split("/"), *(value for _, value in parse_qsl(query))]
    if not at and "." not in host:
        found.append(host)
    spelled = {form for part in found for form in (part, unquote(part), quote(unquote(part), safe=""))}
    return sorted((form for form in spelled if len(form) >= _SHORTEST_SECRET), key=len, reverse=True)
