"""What a guide's sentence says of a program or stream: that it is open or closed, and its name."""

import re
from typing import NamedTuple

from monitor.suggest.numbers import REFERS_BACK


class Status(NamedTuple):
    """Where and how a sentence says that a program or stream is open or closed; ``weak`` when only "has" or "runs"."""

    start: int
    end: int
    closed: bool
    weak: bool
    name: str


_STREAM = re.compile(
    r"\b(?:streams?|programs?|pilots?|categor(?:y|ies)|pathways?|routes?|pillars?|intakes?|class)\b|\b(?:International "
    r"Post-?Graduate|Human Capital Priorities|Entrepreneur Immigration|Skills Immigration|Entry Level (?:and|&) "
    r"Semi-Skilled)\b|\b(?:closed|open(?:ed)?) (?:to|for) (?:new )?(?:registrations|applications)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:clos(?:e|es|ed)|shut(?: down)?|paus(?:e|es|ed)|suspend(?:s|ed)?|"
    r"(?<!the )(?<!an )(?<!no )(?<!their )end(?:s|ed)?|no longer (?:takes?|accepts?|"
    r"open|exists?|available|runs?|part)|remov(?:es|ed)|replac(?:es|ed)|swapped|gave way|folded|merged|"
    r"abolished|discontinued|"
    r"not (?:yet |be |been )?(?:re-?)?open(?:ed|s)?|never (?:opened|launched)|"
    r"(?:met|suffered|shared) the same (?:end|fate)|retired|revoked|scrapped|axed|wound up|cancelled|"
    r"stopped (?:taking|"
    r"accepting)|gone)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:open(?:s|ed)?(?! an? )(?! to (?!new\b|applications|registrations))(?: again)?|debuted|made its debut|"
    r"reopen(?:s|ed)|launch(?:es|ed)|introduc(?:es|ed)|still (?:takes?|accepts?|exists?)|"
    r"exists?|remains?|in its place stands?|stands in its place|accept(?:s|ing) applications|creat(?:es|ed)|set up|"
    r"runs|offers|has (?:its own|had|an?|two|three|four|five|several|multiple|dedicated)|have (?:had )?an?|operates?|"
    r"there (?:is|are)|now have)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:has|have|runs|offers|operates?|there)\b", re.IGNORECASE)
_NAME = re.compile(
    r"(?P<name>(?:(?:[A-Z][\w'-]*:?)(?:\s+(?=\w)|(?=\W)))(?:(?:[A-Z][\w'-]*:?|of|and|for)\s+){0,6}?)"
    r"(?:streams?|programs?|pilots?|categor(?:y|ies)|pathways?|routes?|pillars?)\b"
)
_LEADING = re.compile(r"^(?:(?:The|In|Its|Their|Both|This|That|Ontario's|British Columbia's|BC's|For|Our|A|An)\s+)+")


def speaks_of_streams(text: str) -> bool:
    """Whether a text names a stream or program."""
    return _STREAM.search(text) is not None


def find_status(text: str, *, carried: bool) -> Status | None:
    """That a program or stream is open or closed; ``carried``: the sentence before spoke of one."""
    noun = _STREAM.search(text)
    if noun is None and not (carried and REFERS_BACK.match(text)):
        return None
    closed, opened = _CLOSED.search(text), _OPEN.search(text)
    deciding = closed or opened
    if deciding is None or _is_about_reader(text) or re.search(r"\b(?:NOC|TEER)\b", text):
        return None
    weak = closed is None and opened is not None and _WEAK.match(opened[0]) is not None
    return Status(deciding.start(), deciding.end(), closed is not None, weak, stream_name(text))


_READER = re.compile(
    r"\b(?:you|they) (?:can|must|need|may|could|will(?! not (?:re-?)?open)|"
    r"have(?! (?:not |been |now )*(?:re-?)?(?:open|clos|paus|end|shut|been)))\b",
    re.IGNORECASE,
)


def _is_about_reader(text: str) -> bool:
    return _READER.search(text) is not None


def stream_name(text: str) -> str:
    """The proper name before "stream", "program" or "category"; empty when there is none."""
    match = _NAME.search(text)
    name = _LEADING.sub("", match["name"]).strip(" '") if match else ""
    return name.removesuffix("'s")
