"""What a marked clause says of the streams in it: open, paused, closed, renamed; nothing where it only may be so."""

import re
from collections.abc import Iterator

from msgspec import Struct

from monitor.extractors.streams_names import DAY, KIND, MARK
from monitor.model import StreamStatus
from monitor.pages.wording import has_any, word_set

_INTAKE = (
    r"(?:(?:new|any|further|all|online|targeted|priority|separate|dedicated|specific|regular|general) )*"
    r"(?:applications?|registrations?|expressions? of interest|EOIs?|submissions?|candidates|intakes?|profiles|draws"
    r"|invitations?(?: to apply)?)"
)
_INTAKES = rf"{_INTAKE}(?:(?:, | and | or |, and |, or ){_INTAKE})*"
_STREAM = rf"(?:the )?{MARK}(?: \([^)]*\))?(?: {KIND})?(?: of (?:the )?[a-z]+(?: [a-z]+)?)?"
_STREAMS = rf"(?:{_STREAM}(?:(?:, | and |, and | or | & | / |, as well as | as well as ){_STREAM})*)"
_SUBJECT = rf"{_STREAMS}(?:'s)?(?: {_INTAKES})?,?"
_ADVERB = r"(?:(?:now|currently|permanently|officially|also|again|all|still|since|effectively|fully|already|once) )*"
_BE = r"(?:is|are|was|were|has been|have been|had been|remains?|will be|being)"
_PERFECT = r"(?:(?:has|have|had|will) )?"
_FOR = rf"(?:under|for|to|through|in|of|from|via) (?:both |all )?{_STREAMS}"
_ACTOR = (
    r"(?:we|program|province|ministry|government|department|OINP|BC PNP|PNP|IRCC|ESDC|Ontario|B\.?C\.?|it)"
    r"(?: \([^)]*\))?"
)
_HAVE = r"(?:(?:have|has|had|are|is|will|also|now|officially|temporarily|permanently) )*"
_GONE = (
    r"(?:closed|ended|discontinued|terminated|eliminated|abolished|removed|revoked|retired|wound down|cancelled"
    r"|replaced)"
)
_CLOSES = r"(?:closed?|ended)"
_STOPS = r"(?= (?:on|to|for|in|at|as of|effective|permanently|after|and)\b|\W*$|[,.;:])"
"""After a verb that may take an object ("the stream ended the requirement") comes none."""
_HELD = r"(?:paused|suspended|frozen|halted|put on hold|placed on hold|on hold|temporarily closed)"
_THE = (
    r"(?: (?:the|our|its|their|both|all|these|two|three|four|five|six|seven|eight|nine|former|existing|following"
    r"|remaining))*"
)
_TAKING = r"(?:accept|tak|receiv|consider|process)\w*"
_END = rf"(?= at | at$| until\b| currently| right now| anymore| {_FOR}| as of| on {DAY}| for now|\W*$|[,;.])"
_NO_MORE = (
    r"(?:available|offered|in effect|in operation|open|operational|operating|active|exists?|operates?|being offered"
    rf"|{_TAKING} {_INTAKES}|accepts? {_INTAKES})"
)
_AMONG = r"(?:among them|among which are|including|namely|such as|these are|:)"
_PEOPLE = (
    r"(?! to (?:\w+ ){0,3}?(?:workers|candidates|applicants|individuals|people|persons|foreign|international|those"
    r"|anyone|students|graduates|entrepreneurs|nationals|employers|physicians|all|you)\b)"
    r"(?! work permit| applications| house)"
)
_ALONE = r"(?=\W*$|[,.;:]| (?:on|to|for|in|at|as of|effective|and|with|which|that|where|under|this|last)\b)"
"""After a stream that something is done to, and not to its form or its rules."""
_MADE = r"(?:created|established|introduced|launched)"
_APPLY = r"(?:apply|register|submit \w+(?: \w+)?|create \w+(?: \w+)?)"
_AND = r"(?:has|have) (?:[\w'-]+ ){1,6}?and (?:is|are)"
"""Before the status that came of it: "has reached its limit and is now closed"."""
_LISTED = rf"(?:streams|categories|programs|pilots|pathways)\b.{{0,60}}?\b{_BE} {_ADVERB}"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_SAID = {
    StreamStatus.PAUSED: _any(
        rf"{_SUBJECT} {_BE} {_ADVERB}(?:temporarily )?{_HELD}\b",
        rf"{_SUBJECT} {_BE} {_ADVERB}closed (?:temporarily|until further notice)\b",
        rf"{_SUBJECT} (?:is|are) {_ADVERB}not {_ADVERB}(?:{_TAKING} {_INTAKES}|open)\b",
        rf"{_SUBJECT} (?:does|do) {_ADVERB}not {_ADVERB}(?:accept|take|receive) {_INTAKES}(?! from\b)",
        rf"\b{_ACTOR} {_HAVE}(?:{_HELD}|suspending|pausing){_THE} {_STREAMS}",
        rf"\b(?:paused|suspended|stopped|halted|pausing|suspending)(?: the)?(?: {_TAKING}| intake of)?"
        rf" {_INTAKES} {_FOR}",
        rf"\bnot {_ADVERB}{_TAKING} {_INTAKES} {_FOR}",
        rf"\bno {_INTAKES} (?:are|is|will be) (?:currently |being )*(?:accepted|received|considered) {_FOR}",
        rf"\b{_INTAKES} {_FOR} {_BE} {_ADVERB}(?:temporarily )?(?:{_HELD}|not {_ADVERB}(?:being )?(?:accepted|open))",
        rf"{_SUBJECT} {_AND} {_ADVERB}(?:temporarily )?{_HELD}\b",
        rf"{_LISTED}{_HELD}\b.*?{_AMONG}.*?{_STREAMS}",
    ),
    StreamStatus.CLOSED: _any(
        rf"{_SUBJECT} {_BE} {_ADVERB}{_GONE}\b(?! temporarily| until further)",
        rf"{_SUBJECT} {_PERFECT}{_ADVERB}{_CLOSES}{_STOPS}(?! temporarily| until further)",
        rf"{_SUBJECT} (?:{_BE} )?{_ADVERB}no longer {_NO_MORE}",
        rf"\b{_ACTOR} {_HAVE}(?:{_GONE}|closing|ending|discontinuing|winding down){_THE} {_STREAMS}",
        rf"{_SUBJECT} {_BE} {_ADVERB}(?:being )?(?:wound down|winding down)\b",
        rf"\bno longer (?:hold|offer|conduct|run|operat|issu)\w*{_THE}(?: {_INTAKES} {_FOR}| {_STREAMS})",
        rf"\bno longer {_TAKING} {_INTAKES} {_FOR}",
        rf"\b{_INTAKES} {_FOR} (?:{_BE} )?{_ADVERB}(?:{_GONE}|no longer (?:being )?accepted)\b",
        rf"{_SUBJECT} {_AND} {_ADVERB}{_GONE}\b(?! temporarily| until further)",
        rf"{_LISTED}(?:{_GONE}|no longer {_NO_MORE})\b.*?{_AMONG}.*?{_STREAMS}",
    ),
    StreamStatus.OPEN: _any(
        rf"{_SUBJECT} (?:is|are|remains?|will remain|will be) {_ADVERB}open\b{_PEOPLE}",
        rf"{_SUBJECT} {_PERFECT}{_ADVERB}(?:re-?opened|opened|re-?opens|resumed|relaunched|launched){_STOPS}{_PEOPLE}",
        rf"{_SUBJECT} {_BE} {_ADVERB}(?:re-?opened|resumed|relaunched|reinstated|{_MADE})\b",
        rf"{_SUBJECT} (?:is|are) (?:now (?:available|active|operational)|{_ADVERB}in (?:effect|force))\b",
        rf"{_SUBJECT} (?:comes?|came|has come|have come|took|takes|has taken|went) (?:in)?(?:to )?(?:effect|force)\b",
        rf"{_SUBJECT} (?:begins?|began|starts?|started|has begun|have begun) (?:accepting|taking|receiving) {_INTAKES}",
        rf"{_SUBJECT} {_AND} {_ADVERB}open\b",
        rf"\breplaced (?:by|with) {_STREAMS}",
        rf"\bcan (?:now|again|once again|once more) {_APPLY} {_FOR}",
        rf"{_SUBJECT} (?:(?:is|are|has|have) {_ADVERB}|continues? to |resumes? )(?:accept(?:ing|ed)?|taking|receiving) "
        rf"{_INTAKES}",
        rf"{_SUBJECT} {_ADVERB}(?:accepts?|takes?) {_INTAKES}(?! from\b)",
        rf"\b{_ACTOR} {_HAVE}(?:re-?opened|opened|{_MADE}|relaunched|reinstated|resumed)(?: a| a new)?{_THE} {_STREAMS}"
        rf"{_ALONE}",
        rf"\b(?:(?:is|are) (?:now |again |currently |once again )+|resumed |continues? to |have resumed |has resumed )"
        rf"(?:accept(?:ing)?|taking|receiving) {_INTAKES} {_FOR}",
        rf"\b{_INTAKES} {_FOR} (?:is|are|remains?) {_ADVERB}(?:open|being accepted|resumed)\b{_PEOPLE}",
        rf"{_LISTED}open\b.*?{_AMONG}.*?{_STREAMS}",
    ),
    StreamStatus.RENAMED: _any(
        rf"{_SUBJECT} (?:\w+ ){{0,8}}?{_BE} {_ADVERB}(?:called|known as|named|re-?named)\b",
        rf"{_SUBJECT} (?:\w+ ){{0,4}}?and (?:is |was |been )?{_ADVERB}re-?named\b",
        rf"{_SUBJECT} (?:has |have )?changed (?:its|their) names?\b",
        rf"\b{_ACTOR} {_HAVE}re-?named {_STREAMS}",
        rf"\bformerly (?:known as |called |named )?{_STREAMS}",
    ),
}
_TITLED = {
    StreamStatus.PAUSED: _any(
        rf"{_SUBJECT} (?:\w+ )?(?:paused?|suspended|suspension|pausing|suspending|on hold)\b",
        rf"\b(?:pause|suspension|suspending|pausing) (?:on |of |in |to )?(?:(?:accepting |receiving )?{_INTAKES} )?"
        rf"(?:{_FOR}|{_STREAMS})",
    ),
    StreamStatus.CLOSED: _any(
        rf"{_SUBJECT} (?:is |are |now )?(?:clos(?:ing|es|ure|ed)|ending|ended|wind-?down|winding down|discontinued)\b",
        rf"\b(?:clos(?:ing|ure)|end|wind-?down|ending|discontinuation) (?:of )?(?:{_FOR}|{_STREAMS})",
    ),
    StreamStatus.OPEN: _any(
        rf"{_SUBJECT} (?:(?:is |are )?now )?(?:re-?open(?:s|ed|ing)?|now open|open for|launched|launches|resum\w+)\b",
        rf"\b(?:re-?opening|re-?launch|launch|introduction|creation) (?:of )?(?:{_FOR}|{_STREAMS})",
        rf"^(?:new|introducing|new {KIND})\W+{_STREAMS}\W*$",
    ),
    StreamStatus.RENAMED: _any(rf"{_SUBJECT} (?:re-?named|renaming)\b", rf"\brenaming (?:of )?{_STREAMS}"),
}
_BARE = {
    StreamStatus.PAUSED: _any(
        rf"\bnot {_ADVERB}{_TAKING} {_INTAKES}{_END}",
        rf"\bno {_INTAKES} (?:are|is) (?:currently |being )*(?:accepted|received|considered)",
        rf"^{_INTAKES} {_BE} {_ADVERB}(?:temporarily )?{_HELD}\b",
    ),
    StreamStatus.CLOSED: _any(
        rf"\bno longer {_TAKING} {_INTAKES}{_END}", rf"^{_INTAKES} (?:{_BE} )?{_ADVERB}closed\b", rf"^{KIND} closed\b"
    ),
    StreamStatus.OPEN: _any(
        rf"\b(?:is|are) (?:now |again |currently )+(?:accepting|taking) {_INTAKES}{_END}",
        rf"^{_INTAKES} (?:is|are) {_ADVERB}open\b{_PEOPLE}",
    ),
}
"""Said of the one stream that a page or an entry is about, without naming it."""

_STATUS = word_set("""
    clos paus suspen open accept longer renam named called formerly ended ending discontinu terminat eliminat abolish
    remov revok retir wound wind cancel frozen halt hold resum launch reinstat taking receiv consider process stopped
    creat establish introduc effect force replac available active operational begin began begun start
""") | {"known as"}
_STATUS_WORD = re.compile(r"\b(?:end\b|new\b|can (?:now|again|once))")
"""Either stands, in small letters, in every text that tells a status."""
_MAYBE = re.compile(
    r"\b(?:if|unless|whether|when|once|until|before|after|should|could|would|may|might|can|cannot|propos\w+|consider\w*"
    r"|plan(?:s|ned|ning)?|intend\w*|expect\w*|consult\w*|request\w*|possib\w+|where|in case|as long as|prior to)\b",
    re.IGNORECASE,
)
_OF = re.compile(r"\b(?:for|of|under|to|in|on|with|by|from|about|through|within|against)\s+(?:the )?$", re.IGNORECASE)
_WILL = re.compile(r"\bwill\b", re.IGNORECASE)
_FURTHER = re.compile(
    rf"\buntil further notice\b|\b(?:can )?once (?:again|more)\b|\bcan (?:now|again)\b|\bon or after {DAY}",
    re.IGNORECASE,
)
_SPAN = re.compile(rf"\b(?:from|between) {DAY} (?:to|and|until|through) {DAY}")


class Claim(Struct, frozen=True, kw_only=True):
    """That the streams of these marks have this status; ``bare``: said without naming any; ``future``: it will be."""

    status: StreamStatus
    marks: tuple[str, ...] = ()
    bare: bool = False
    future: bool = False


def may_claim(text: str) -> bool:
    """Whether a text holds a word that could tell a status; most sentences hold none."""
    small = text.lower()
    return has_any(small, _STATUS) or _STATUS_WORD.search(small) is not None


def find_claims(text: str, *, titled: bool, bare: bool) -> Iterator[Claim]:
    """What a marked clause claims. ``titled``: it is a heading; ``bare``: its subject may be left unsaid."""
    if _SPAN.search(text):
        return
    for patterns in (_SAID, _TITLED) if titled else (_SAID,):
        for status, pattern in patterns.items():
            for match in pattern.finditer(text):
                marks = tuple(re.findall(MARK, match[0]))
                if not _is_open_question(text[: match.end()]) and not _is_aside(text, match):
                    yield Claim(status=status, marks=marks, future=bool(_WILL.search(match[0])))
    if bare and not re.search(MARK, text):
        for status, pattern in _BARE.items():
            found = pattern.search(text)
            if found and not _is_open_question(text[: found.end()]):
                yield Claim(status=status, bare=True, future=bool(_WILL.search(found[0])))


def _is_aside(text: str, match: re.Match[str]) -> bool:
    """Whether the stream only belongs to what is spoken of: "the list of occupations for the stream is closed"."""
    subject = re.match(rf"(?:the )?{MARK}", match[0])
    return subject is not None and _OF.search(text[: match.start()]) is not None


def _is_open_question(before: str) -> bool:
    return _MAYBE.search(_FURTHER.sub(" ", before)) is not None
