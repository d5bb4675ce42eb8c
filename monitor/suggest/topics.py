"""Decides whose matter a sentence is: the publishers it names, else those its neighbours and headings name."""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.extractors.draw_names import known_category
from monitor.model import Source
from monitor.suggest.sentences import Sentence
from monitor.suggest.shorthand import spell_out
from monitor.suggest.vocabulary import OFFICIAL

_NAMES = {
    "IRCC": r"IRCC|Immigration, Refugees and Citizenship|Express Entry|CRS|Comprehensive Ranking System|"
    r"Federal Skilled "
    r"\w+|Canadian Experience Class|CEC|FSWP?|FSTP?|Global Skills Strategy|federal(?:ly)?",
    "ESDC": r"ESDC|Service Canada|"
    r"Employment and Social Development|Global Talent(?: (?:Stream|Occupations))?|GTS|LMIAs?(?!-exempt)|"
    r"Labour Market Impact Assessments?|labor market impact assessments?|Category [AB]",
    "BC PNP": r"B\.?C\.?(?= |\b)|British Columbia(?:'s|ns?)?|BC ?PNP|BCPNP|WelcomeBC|Skills Immigration|"
    r"Metro Vancouver|(?<!Federal )(?<!Speaking )Skilled Worker (?:stream|category)|"
    r"Entry Level (?:and|&) Semi-Skilled|ELSS|"
    r"Health Authority|International Post-?Graduate|Northeast Pilot",
    "OINP": r"Ontario(?:'s|ns?)?|OINP|GTA|Greater Toronto(?: Area)?|Human Capital Priorities|HCP|In-Demand Skills|"
    r"(?:Masters?|PhD)(?: and (?:Masters?|PhD))? Graduate|French-Speaking Skilled Worker|Workforce Priority|"
    r"Employer Job Offer|Foreign Worker (?:stream|category)|REDI",
}
"""Names by which guides speak of a publisher's matters, beside the publisher's own name."""

_MATTERS = {
    "IRCC": r"permanent residen\w+|biometrics|(?:study|work) permits?|"
    r"^(?:The|A|Your|His|Her|Their|My|Our) permits?|post-graduation|visitor|citizenship|eTA|"
    r"settlement funds|proof of funds|category-based|medical exams?|right of permanent|STEM|language (?:test )?results|"
    r"credential assessment|all-program|general rounds?|open permits?|trade agreements?|offer of employment|"
    r"compliance fee|employer portal|LMIA-exempt|dependent (?:child(?:ren)?|adult)|dependants|common-law|"
    r"sponsor(?:s|ed|ship)?|super visas?|"
    r"employer-specific|(?:parents and )?grandparents|PR cards?|police certificates?|principal applicant|"
    r"attestation letters?|"
    r"off campus|family members?|(?:spouse|partner)(?:'s)? (?:on|education|language)|French at|bridging|"
    r"worker's (?:own )?permit|interest-to-sponsor|adopted child(?:ren)?|students?",
    "BC PNP": r"(?:North )?Vancouver|Victoria|Surrey|Burnaby|Kelowna|priority occupations?|high economic impact",
    "OINP": r"Toronto|Ottawa|Waterloo|Mississauga|Hamilton|Brampton|notifications? of interest|NOIs?|e-?filing portal",
    "ESDC": r"National Occupational Classification|prevailing wage|high-wage|low-wage|temporary foreign workers?|TFWs?|"
    r"labou?r market (?:benefits plan|opinion)|(?:high|low) wage|recogni[sz]ed employers?|agricultural stream|job bank|"
    r"transition plan|adverti[sz]ed|recruitment|inspections?|per violation|(?:for each|per) position",
}
_FEDERAL = frozenset({"IRCC", "ESDC"})
_SAME = {"Ontario": "OINP"}
"""Publishers that speak for one another: Ontario's laws and its program."""

OWN, MATTER, NEAR, HEADING, OUTER, MAIN, EARLIER = 1.0, 0.8, 0.65, 0.7, 0.4, 0.35, 0.3
ABOUT = 0.55
"""A heading that speaks of a publisher's matters without naming it: less than a name in the sentence before."""
FOLLOWS = 0.9
"""Of the sentence before, when this one begins with a word that stands for what was spoken of there."""
SECTION = 0.45
"""Named earlier in the section, though another was named since."""
TITLE = 0.33
"""The title says where a guide leads, not whose rules each section tells: less than what the guide speaks of most."""
_NOMINATED = re.compile(r"\bnomin\w+[^.;]{0,60}\bpoints\b|\bpoints\b[^.;]{0,40}\bnomin", re.IGNORECASE)
"""What a province's nomination is worth in points is told by IRCC."""
_WORTH = re.compile(r"(?:It|That|This|One)\b[^.;]*\bpoints\b")
_SCORING = re.compile(r"\bCRS\b|\bComprehensive Ranking\b")
"""Points of this kind are IRCC's, whatever else the sentence names."""
_PRONOUN = re.compile(r"(?:It|Its|They|Their|These|Those|This|That|Such|There)\b")
_PROVINCE = re.compile(r"\b(?:the province|provincial(?! nominee))\b", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"\b(?:appl(?:y|ies|ied)|go(?:es)?|sent|sends?|submit(?:s|ted)?|passed|"
    r"forwarded)(?: \w+){0,2} to (?:the )?(?:IRCC|ESDC)\b"
)
"""Where something goes next is not whose matter it is."""
_WAGE_LINES = re.compile(r"\b(?:high|low)[ -]wage (?:threshold|line|stream|position|LMIA)s?\b", re.IGNORECASE)
"""Wage lines of this kind are ESDC's, whichever province they are for."""
_LATER, _AGREED = 0.05, 0.1
"""Off for a publisher named after another in one sentence, on for one that the heading names too."""
_ELSEWHERE = re.compile(r"\b(?:outside|beyond|besides|apart from|not|without)\b", re.IGNORECASE)
_CATEGORY_WORDS = 3
_GENERAL = r"\b(?:general|all-program) (?:all-program )?(?:draws?|rounds?)\b"


class Topic(Struct, frozen=True, kw_only=True):
    """Whose matter a sentence is. ``publishers`` by name: 1 named in the sentence itself, less when only near it.

    ``near`` are the words around it: its headings and the sentences before it in its section, of which ``last`` is
    the one right before. ``named``: it is a cell under a publisher's name.
    """

    publishers: Mapping[str, float] = field(default_factory=dict)
    category: str | None = None
    near: str = ""
    last: str = ""
    named: bool = False


class Topics:
    """Follows a guide from sentence to sentence; what is not said again is carried on within a section."""

    def __init__(self, sources: Iterable[Source], whole: str = "") -> None:
        names = {_SAME.get(source.publisher, source.publisher) for source in sources}
        self._named = {
            name: _pattern(rf"{re.escape(name)}|{_NAMES[name]}" if name in _NAMES else name) for name in names
        }
        led_to = [name for name, found in self._named.items() if name not in _FEDERAL and found.search(whole)]
        if len(led_to) == 1:
            # In a guide to one province "the provincial streams" are that one's.
            words = _NAMES.get(led_to[0], re.escape(led_to[0]))
            self._named[led_to[0]] = _pattern(rf"{re.escape(led_to[0])}|{words}|the province|provincial(?! nominee)")
        self._matters = {name: _pattern(words) for name, words in _MATTERS.items() if name in names}
        self._main = self._most_named(whole)
        self._section: tuple[str, ...] | None = None
        self._last: dict[str, float] = {}
        self._earlier: dict[str, float] = {}
        self._category: str | None = None
        self._before: list[str] = []

    def follow(self, sentence: Sentence, text: str) -> Topic:
        """The topic of the next sentence in reading order; ``text`` is it with its shorthand spelled out."""
        if sentence.headings != self._section:
            self._earlier = dict.fromkeys(self._last, EARLIER) or self._earlier
            self._section, self._last, self._category, self._before = sentence.headings, {}, None, []
        own = self._own(text, " ".join(self._before[-3:]))
        follows = FOLLOWS if _PRONOUN.match(sentence.text) else NEAR
        near = {name: min(weight, 1) * follows for name, weight in self._last.items()}
        if not own and _PROVINCE.search(text):
            own = self._nearest_province(near, self._of_headings(sentence.headings), self._earlier)
        category = find_category(text) or self._category
        topic = Topic(
            publishers=_strongest(
                own, near, self._of_headings(sentence.headings), self._own(sentence.opener), self._main, self._earlier
            ),
            category=category,
            near=" ".join((*sentence.headings, sentence.opener, *self._before[-3:])),
            last=self._before[-1] if self._before else "",
        )
        if own and not sentence.cells:
            self._last = dict.fromkeys(self._last, SECTION / NEAR) | own
        if category is not None:
            self._category = category
        self._before.append(text)
        return topic

    def of_cell(self, topic: Topic, row: Sentence, column: str, text: str) -> Topic:
        """The topic of one cell: its column's, else its row's, which is ``topic``; ``text`` is label and cell."""
        over = self._own(spell_out(column, note=True).text)
        if not over:
            return topic
        around = self._of_headings(row.headings)
        return Topic(
            publishers=_strongest(
                over, {name: weight * NEAR for name, weight in self._own(text).items()}, around, self._main
            ),
            category=find_category(text) or find_category(column),
            near=" ".join((*row.headings, column)),
            named=True,
        )

    def of_clause(self, topic: Topic, clause: str) -> Topic:
        """The topic of one clause of several in a sentence: those it names itself, then those of the sentence."""
        own = self._own(clause)
        rest = {name: weight * NEAR for name, weight in topic.publishers.items()}
        return replace(topic, publishers=_strongest(own, rest)) if own else topic

    def _nearest_province(self, *weights: Mapping[str, float]) -> dict[str, float]:
        """The one province that "the province" stands for here; empty where the guide last spoke of none or of two."""
        around = [name for name in _strongest(*weights) if name not in _FEDERAL]
        return {around[0]: OWN} if around else {}

    def _most_named(self, whole: str) -> dict[str, float]:
        """The publisher a guide names most often: whose matter a section is that names nobody."""
        counts = {name: len(pattern.findall(whole)) for name, pattern in self._named.items()}
        if sum(counts[name] > 0 for name in counts if name not in _FEDERAL) > 1:
            # A guide to several provinces speaks of what is common to them where it names none.
            counts = {name: self._weight(name, whole) for name in counts if name in _FEDERAL}
        elif counts:
            # What a guide to one province says of permits, families and funds is federal all the same.
            counts = {name: self._weight(name, whole) for name in counts}
        top = max(counts, key=lambda name: counts[name], default=None)
        return {top: MAIN} if top is not None and counts[top] else {}

    def _weight(self, name: str, whole: str) -> int:
        matter = self._matters.get(name)
        return len(self._named[name].findall(whole)) + (len(matter.findall(whole)) if matter else 0)

    def _own(self, text: str, back: str = "") -> dict[str, float]:
        text = _ADDRESSED.sub("", text)
        named = _found(self._named, text, OWN)
        if _NOMINATED.search(text) or (back and _WORTH.match(text) and "nomin" in back):
            named = {"IRCC": OWN, **{name: MATTER for name in named if name != "IRCC"}}
        if _WAGE_LINES.search(text):
            return {"ESDC": OWN, **{name: MATTER for name in named if name != "ESDC"}}
        if _SCORING.search(text) and "IRCC" in named:
            named = {"IRCC": OWN, **{name: OWN - 2 * _LATER for name in named if name != "IRCC"}}
        return named or _found(self._matters, text, MATTER)

    def _of_headings(self, headings: Sequence[str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for depth, heading in enumerate(reversed(headings)):
            inner = {} if _ELSEWHERE.search(heading) else self._own(spell_out(heading, note=True).text)
            weight = HEADING if depth == 0 else TITLE if depth == len(headings) - 1 else OUTER
            found |= {
                name: weight if own > MATTER else min(weight, ABOUT) for name, own in inner.items() if name not in found
            }
        return found


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)


def _found(patterns: Mapping[str, re.Pattern[str]], text: str, weight: float) -> dict[str, float]:
    """The publishers a text names, the first one first: it is most often the one spoken of."""
    places = {name: match.start() for name, pattern in patterns.items() if (match := pattern.search(text))}
    ordered = sorted(places, key=lambda name: places[name])
    return {name: weight - (_LATER if number else 0) for number, name in enumerate(ordered)}


def _strongest(*weights: Mapping[str, float]) -> dict[str, float]:
    joined: dict[str, float] = {}
    for found in weights:
        for name, weight in found.items():
            joined[name] = max(joined.get(name, 0), weight) + (_AGREED if name in joined and weight >= HEADING else 0)
    return dict(sorted(joined.items(), key=lambda item: -item[1]))


def find_category(text: str) -> str | None:
    """The draw category some words of a sentence name ("health care", "STEM"); None when they name none."""
    if re.search(_GENERAL, text, re.IGNORECASE):
        return "general"
    words = re.findall(r"[A-Za-z][\w-]*", text)
    for size in range(_CATEGORY_WORDS, 0, -1):
        for at in range(len(words) - size + 1):
            piece = words[at : at + size]
            # Fillers alone ("the program") are no name, and a name neither begins nor ends with one.
            category = known_category(" ".join(piece)) if len(piece[0]) > 2 and len(piece[-1]) > 2 else None  # noqa: PLR2004 - two letters name nothing
            if category not in {None, "general"}:
                return category
    return None


def same_publisher(name: str) -> str:
    """The name under which a publisher is looked for."""
    return _SAME.get(name, name)


def is_official(text: str) -> bool:
    """Whether the sentence speaks of something official pages speak of, or names a program."""
    return OFFICIAL.search(text) is not None or any(re.search(rf"\b(?:{words})\b", text) for words in _NAMES.values())
