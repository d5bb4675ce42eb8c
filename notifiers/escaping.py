"""Decides how remote text may stand in each place: plain lines, Slack mrkdwn, Markdown, addresses."""

import re
from urllib.parse import quote, urlsplit

_TERMINAL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # OSC and other strings
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the reading direction so that text shows other than it is."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PING = re.compile(r"(?<![\w.+-])@(?=\w)")
_WORD_JOINER = "\u2060"
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")
_SLACK_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SLACK_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_SLACK_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_KEPT_IN_ADDRESS = "/?#[]@!$&'()*+,;=:%-._~"
_HOST = re.compile(r"(?:[^@/]*@)?[\w.-]+(?::\d+)?", re.ASCII)
_TOO_LONG_ADDRESS = 1500
_TOO_LONG_FRAGMENT = 500


class Trusted(str):
    """Markup that we made ourselves; it is not escaped again."""

    __slots__ = ()


def plain(text: str) -> str:
    """The text without terminal sequences, control characters and direction overrides; new lines and tabs stay."""
    text = _TERMINAL_SEQUENCE.sub("", text)
    text = _INVISIBLE.sub("", text)
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str, limit: int | None = None) -> str:
    """The plain text on one line, cut at a word with an ellipsis when it is longer than ``limit`` characters."""
    line = " ".join(plain(text).split())
    return line if limit is None else clip(line, limit)


def clip(text: str, limit: int) -> str:
    """The text, cut with an ellipsis to at most ``limit`` characters, at a word where one is near."""
    if len(text) <= limit:
        return text
    cut = text[: max(limit - 1, 0)]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip() + "…"


def slack(text: str) -> str:
    """The text for Slack mrkdwn: no markup, no link, no ping comes alive in it.

    Slack has no escape for its format characters, so look-alikes stand in for those.
    https://docs.slack.dev/messaging/formatting-message-text
    """
    text = one_line(text).translate(_SLACK_ENTITIES).translate(_SLACK_LOOKALIKES)
    return _PING.sub("@" + _WORD_JOINER, _SLACK_UNDERSCORE.sub("\u02cd", text))


def markdown(text: str) -> str:
    """The text for Markdown, every active character behind a backslash; no ping comes alive in a chat that takes it."""
    return _PING.sub("@" + _WORD_JOINER, _MARKDOWN_SPECIAL.sub(r"\\\1", one_line(text)))


def find_address(url: str | None) -> str | None:
    """The address, fit to stand in a link of any of our formats; None when it is no plain web address.

    A text fragment too long for mail clients is left off rather than cut.
    """
    if not url:
        return None
    address = quote(url.strip(), safe=_KEPT_IN_ADDRESS)
    for breaking, harmless in (("(", "%28"), (")", "%29"), ("*", "%2A"), ("'", "%27"), ("[", "%5B"), ("]", "%5D")):
        address = address.replace(breaking, harmless)
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not _HOST.fullmatch(parts.netloc):
        return None
    if len(address) > _TOO_LONG_FRAGMENT and parts.fragment:
        address = parts._replace(fragment="").geturl()
    return address if len(address) <= _TOO_LONG_ADDRESS else None


def slack_link(url: str, label: str) -> Trusted:
    """A Slack link; ``url`` comes from ``find_address``."""
    return Trusted(f"<{url.replace('&', '&amp;')}|{slack(label).replace('|', '/')}>")


def markdown_link(url: str, label: str) -> Trusted:
    """A Markdown link; ``url`` comes from ``find_address``."""
    return Trusted(f"[{markdown(label)}](<{url}>)")


def slack_code(text: str) -> Trusted:
    """A command of ours as a Slack code span."""
    return Trusted(f"`{one_line(text).replace('`', chr(39)).translate(_SLACK_ENTITIES)}`")


def markdown_code(text: str) -> Trusted:
    """A command of ours as a Markdown code span, in which nothing else is markup."""
    return Trusted(f"`{one_line(text).replace('`', chr(39))}`")
