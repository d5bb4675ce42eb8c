"""Which lengths of time in a sentence are processing times, and of what."""

import re

from msgspec import Struct

from monitor.extractors import labels
from monitor.extractors.amounts import straight
from monitor.extractors.durations import Duration, find_durations
from monitor.pages.headings import naming

_ABOUT = re.compile(
    r"\bprocess(?:ing|ed|es)?\b(?:\s+(?:times?|standards?|estimates?|service standards?))?"
    r"|\bservice standards?\b|\bturnaround(?: times?)?\b|\bwait(?:ing)? times?\b"
    r"|\b(?:make|makes|making|issue|reach|render|give|get|receive)\s+(?:you\s+)?(?:a|an|the|your|our|final)?\s*decisions?\b"
    r"|\b(?:aim|try|expect|intend|strive)s?\s+to\s+(?:decide|finish|complete|answer|review)\b"
    r"|\bdecisions?\s+(?:is|are|will be)\s+(?:made|issued)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"\bprocessing\b(?!\s+(?:fees?|cent(?:er|re)s?|office))|\bservice standards?\b|\b(?:wait|turnaround)\w* times?\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:valid(?:ity)?|expir\w+|experience|submit\w*|respond\w*|repl(?:y|ies)|appeal\w*|apply|applying|remain\w*|"
    r"employ(?:ed|ment)|work(?:ed|ing)?(?! permits?)|hours|deadlines?|stay\w*|resid\w+|live[ds]?|wait(?! times?)|"
    r"past|last|previous|every|updated?|early|earlier|before|prior|you (?:must|(?:will )?have|can|may|need)|"
    r"invitations?|durations?|periods?|job offers?|years? old|refund\w*)\b",
    re.IGNORECASE,
)
_ADJECTIVES = re.compile(
    r"^(?:(?:and|or|about|around|approximately|some|(?:up to )?\d+ ?(?:%|per ?cent)(?: of)?|"
    r"accelerated|faster|fast|quick(?:er)?|average|estimated|expected|usual|typical|normal|complete[d]?|most|"
    r"eligible|priority|current)\s+)+",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\s+(?:(?:will|can|may|should|usually|generally|normally|typically|to|be|is|are|get|being)\s*)+$", re.IGNORECASE
)
_KIND = re.compile(r"\b(?:processing|service|wait(?:ing)?|turnaround)\s+(?:times?|standards?)\b", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:(?:^|\s)(?:of|in|within|for|about|is|are|was|were|takes?|took|an? average|averages?|averaged|on average"
    r"|usually|now|currently|up|to|approximately))+$",
    re.IGNORECASE,
)
_WHEN = re.compile(r"^(?:in|for|during|as of|since) [^,]{0,20}\b20\d\d,\s*", re.IGNORECASE)
_DATED = re.compile(
    r"\W*(?:(?:as of|updated|effective|for)\W+)?(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s?)?"
    r"(?:\d{1,2},?\s)?(?:20\d\d(?:-\d\d?){0,2})?\W*",
    re.IGNORECASE,
)
_REACH = 120
_BEHIND = 15
"""How much further away a word counts that stands behind the length of time."""


class FoundTime(Struct, frozen=True, kw_only=True):
    """A processing time in a sentence; the duration's offsets are in it."""

    label: str
    duration: Duration


def find_times(sentence: str, heading: str, lead_in: str) -> list[FoundTime]:
    """The processing times this sentence states, in reading order.

    A length of time counts when words of processing stand nearer to it than words of validity, experience, deadlines
    and the like; under a heading about processing times it counts unless such other words are there.
    """
    text = straight(sentence)
    opened = straight(lead_in or heading)
    found = []
    start = 0
    for duration in find_durations(text):
        if _is_processing(text, duration, is_processing_heading(opened)):
            label = _label(text, start, duration) or _label(straight(lead_in), 0, None) or heading_label(heading)
            found.append(FoundTime(label=label, duration=duration))
            start = duration.end
    return found


def is_processing_heading(text: str) -> bool:
    """Whether a heading, caption, column name or lead-in is about how long processing takes."""
    return _HEADING.search(straight(text)) is not None


def nearest_heading(path: tuple[str, ...]) -> str:
    """The nearest heading that is more than a month or a day, under which figures are kept; empty without any."""
    return next((heading for heading in reversed(naming(path)) if not _DATED.fullmatch(straight(heading))), "")


def heading_label(heading: str) -> str:
    """What a heading about processing times says is processed; "processing" when it says no more."""
    name = _KIND.sub(" ", straight(heading))
    rest = _without_adjectives(labels.row_label(re.sub(r"^\W*(?:for|of)\b|\b(?:for|of)\W*$", "", name.strip())))
    return rest if rest and is_processing_heading(heading) else "processing"


def _is_processing(text: str, duration: Duration, under: bool) -> bool:
    near, other = _distance(_ABOUT, text, duration), _distance(_OTHER, text, duration)
    if near is not None and near <= _REACH:
        return other is None or near < other
    return under and other is None


def _distance(pattern: re.Pattern[str], text: str, duration: Duration) -> int | None:
    before = [duration.start - match.end() for match in pattern.finditer(text, 0, duration.start)]
    behind = [match.start() - duration.end + _BEHIND for match in pattern.finditer(text, duration.end)]
    return min(before + behind, default=None)


def _label(text: str, start: int, duration: Duration | None) -> str:
    """What is processed: named by the words of processing, nearest to the duration first, else by the entry's head."""
    place = duration.start if duration else len(text)
    words = sorted(_ABOUT.finditer(text, start), key=lambda match: abs(match.start() - place))
    for match in words:
        end = place if match.end() <= place else len(text)
        name = _named_by(text[start : match.start()], match[0].lower(), text[match.end() : end])
        if name:
            return name
    head = _WHEN.sub("", _TAIL.sub("", text[start:place].strip()))
    name = _without_adjectives(labels.subject(head)) if duration else ""
    return "" if _KIND.fullmatch(name) else name


def _named_by(before: str, word: str, after: str) -> str:
    after = _TAIL.sub("", after.strip())
    if word.startswith("processed"):
        return _without_adjectives(labels.words_before(_PASSIVE.sub("", before)))
    if (
        word in {"process", "processes"}
        or re.fullmatch(r"\w+ to \w+", word)
        or (word == "processing" and re.match(r"(?:your|an?|the)\b", after))
    ):
        return _without_adjectives(labels.words_after(f"for {after}"))
    name = labels.words_after(after)
    if not name and "decision" not in word:
        name = labels.words_before(before)
    return _without_adjectives(name)


def _without_adjectives(name: str) -> str:
    return _ADJECTIVES.sub("", name)
