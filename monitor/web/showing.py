"""A stored page as HTML that can do nothing: cleaned by an allow-list, without scripts, styles, images or addresses.

It is shown in a sandboxed frame under a policy of its own, so that three locks must fail before it could act.
"""

import base64
import hashlib

import nh3

from monitor.model import Format, Snapshot
from monitor.pages.decode import decode_body

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;overflow-wrap:break-word}"
    "table{border-collapse:collapse}td,th{border:1px solid #8888;padding:.25rem .5rem;text-align:start}"
    "a{text-decoration:underline}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_ATTRIBUTES = {"*": {"dir", "lang"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
_DROPPED = {"area", "img", "map"}
_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"}


def can_render(form: Format) -> bool:
    """Whether pages of this format have a look of their own."""
    return form is Format.HTML


def render_safely(snapshot: Snapshot, title: str) -> str:
    """The page as a document of its own: its text, headings, lists and tables; nothing in it loads or acts."""
    body = nh3.clean(
        decode_body(snapshot),
        tags=nh3.ALLOWED_TAGS - _DROPPED,
        attributes=_ATTRIBUTES,
        clean_content_tags=_WITH_CONTENT,
        link_rel=None,
        url_schemes=set(),
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY.partition("; frame-ancestors")[0]}">'
        f"<title>{nh3.clean_text(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )
