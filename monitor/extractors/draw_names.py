"""Which category and which official stream some words mean; generally known names here, the others declared."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_spelling import find_misspelt, is_misspelt
from monitor.model import slug

Words = tuple[str, ...]

_KNOWN = {
    "general": "general|no specified|all programs|aucun precise|aucun specifie|generale|generaux",
    "pnp": "provincial nominee|pnp|candidats provinces|candidat province",
    "cec": "canadian experience class|canadian experience|cec|categorie experience canadienne",
    "fsw": "federal skilled worker|travailleurs qualifies federal|travailleurs qualifies federaux",
    "fst": "federal skilled trades|travailleurs metiers specialises federal|metiers specialises federal",
    "stem": "stem|science technology engineering and mathematics|stim",
    "french": "french language proficiency|french language|french|french speaking|francophone|competence linguistique "
    "francais|competences linguistiques francais|competence francais|maitrise francais|maitrise langue francaise",
    "healthcare": "healthcare|health care|health|healthcare and social services|health care and social services|"
    "soins sante|sante|soins sante et services sociaux",
    "trades": "trades|skilled trades|metiers|metiers specialises|gens metier",
    "transport": "transport|transportation|transports",
    "agriculture": "agriculture|agriculture and agri food|agriculture et agroalimentaire",
    "education": "education|enseignement",
    "tech": "tech|technology|information technology",
}
_FILLERS = frozenset(
    [
        "occupation",
        "profession",
        "draw",
        "round",
        "targeted",
        "program",
        "programme",
        "candidate",
        "for",
        "the",
        "of",
        "related",
        "stream",
        "professionnel",
        "liee",
        "lie",
        "au",
        "aux",
        "a",
        "secteur",
        "du",
        "de",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "dans",
        "en",
        "domaine",
    ]
)
_VERSION = re.compile(
    r"[\s,]*\(?\s*\b(?:(?:19|20)\d\d\b(?:\s*[-\u2013]\s*(?:version\s*)?\d+\b)?|version\s*\d+\b)\s*\)?", re.IGNORECASE
)
_ABBREVIATED = re.compile(r"\(\s*([A-Z]{2,8})\s*\)\W*$")
_AND = re.compile(r"\s*(?:,\s*and\b|,|&|\band\b|\bet\b)\s*", re.IGNORECASE)
_TARGETED = re.compile(r"^\W*(?:OINP\s+)?(?:targeted|general)?\s*draws?\b\W*(?:for\b\s*)?(?:the\b\s*)?", re.IGNORECASE)
_STREAM_NAME = re.compile(
    r"((?:[A-Z][\w'\u2019-]*:?)(?:\s+(?:[A-Z][\w'\u2019-]*:?|and|of|for|in|[\u2013-])){0,9})\s+[Ss]treams?\b"
)
_NOT_A_NAME = re.compile(r"^(?:(?:the|this|these|both|all|ontario['\u2019]s|oinp|under|for)\s+)+", re.IGNORECASE)
_TAIL_WORDS = 2
_BC_PARTS = re.compile(
    r"^\W*(?:(?:SI|EEBC|Skills Immigration|Express Entry BC|Express Entry British Columbia)\b[\s:\u2010-\u2015-]*)*"
    r"(?:skilled workers?|international (?:post-?)?graduates?|entry[ -]level (?:(?:and|&) )?semi-?skilled|"
    r"health ?care professionals?|health authority)(?: streams?)?\W*(?:$|\(|-|\u2013|\bEEBC\b)",
    re.IGNORECASE,
)
"""The streams of British Columbia as its tables write them, with or without the program in front."""
_PARTS = re.compile(r"\s*[,;]\s*|\s+(?:and|&)\s+(?!semi)", re.IGNORECASE)
_NAME_LENGTH = 100
_GAP = 10
"""How many foreign words may stand inside a name of an enumeration ("Masters and PhD Graduate streams")."""


@lru_cache(maxsize=1024)
def words(text: str) -> Words:
    """The text's words, lower case, without accents, version or plural endings: what names are compared by."""
    plain = slug(text.replace("\u2019", " ").replace("'", " "))
    return tuple(_singular(word) for word in plain.split("-") if word)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004 - "bus", "gas"


_BY_WORDS = {words(name): category for category, names in _KNOWN.items() for name in names.split("|")}


@lru_cache(maxsize=1024)
def known_category(text: str) -> str | None:
    """The category everybody means by these words, also misspelt; None when they are no generally known name.

    Several known names in one ("health and skilled trades") are all of them, in the alphabet's order, joined.
    """
    return _one_category(text) or _joint_category(text)


def _one_category(text: str) -> str | None:
    core = tuple(word for word in words(_VERSION.sub(" ", text)) if word not in _FILLERS)
    if core in _BY_WORDS:
        return _BY_WORDS[core]
    meant = tuple(word for word in core if not is_misspelt(word, _FILLERS))
    return _BY_WORDS.get(meant) or _BY_WORDS.get(find_misspelt(meant, _BY_WORDS) or ())


def _joint_category(text: str) -> str | None:
    parts = _AND.split(_VERSION.sub(" ", text))
    found = {_one_category(part) for part in parts}
    return "-".join(sorted(filter(None, found))) if len(found) > 1 and None not in found else None


def read_category(text: str, aliases: Mapping[str, str]) -> str | None:
    """The category slug of a type, group or draw name, without year and version; None for empty words.

    A declared alias first, a known name second, the abbreviation in its closing brackets third, else the slug.
    """
    return find_category(text, aliases) or _slugged(text)


def find_category(text: str, aliases: Mapping[str, str]) -> str | None:
    """The category slug of words that are declared or generally known as one; None for other words."""
    return (_alias(text, aliases) if aliases else None) or known_category(text)


def _alias(text: str, aliases: Mapping[str, str]) -> str | None:
    spoken = words(_VERSION.sub(" ", text))
    return next((value for name, value in aliases.items() if words(name) == spoken), None)


@lru_cache(maxsize=1024)
def _slugged(text: str) -> str | None:
    bare = _VERSION.sub(" ", text).strip(" .,:;*")
    short = _ABBREVIATED.search(bare)
    return slug(short[1] if short else bare) or None


def split_targeted(text: str) -> tuple[str, str]:
    """A "Targeted draw: group: detail" note as (group, detail); "General draw" is the group "General"."""
    first = re.split(r"(?<=[a-z)])\.\s+(?=[A-Z])", text.strip(), maxsplit=1)[0].strip(" .*")
    if re.match(r"\W*general\b", first, re.IGNORECASE):
        return "General", ""
    match = _TARGETED.match(first)
    if match is None or "draw" not in match[0].lower():
        return first, ""
    group, _, detail = first[match.end() :].partition(":")
    return re.sub(r"\s*\([^)]*(?:listed|NOCs?\b)[^)]*\)", "", group).strip(), detail.strip()


def is_draw_note(text: str) -> bool:
    """Whether a free note of a row names the draw's type ("Targeted draw for …", "General draw")."""
    return bool(re.match(r"\W*(?:OINP\s+)?(?:targeted|general|tech)\b", text, re.IGNORECASE)) or bool(
        known_category(text)
    )


def find_program(headings: Iterable[str], settings: Draws) -> str | None:
    """The program the innermost of these headings names, else the declared one."""
    for heading in reversed(tuple(headings)):
        for name in settings.programs:
            if _position(words(name), words(heading)) is not None:
                return name
    return settings.program


def find_streams(text: str, settings: Draws, *, guess: bool = True) -> tuple[str, ...]:
    """The official names of the streams the words speak of, in their order; ``guess`` takes undeclared ones too."""
    spoken = words(text)
    names = {words(name): name for name in settings.streams} | {
        words(alias): name for alias, name in settings.stream_aliases.items()
    }
    places = _whole_names(names, spoken) or _tails(names, spoken)
    if re.search(r"\bstreams\b", text):
        places |= {name: at for name, at in _enumerated(names, spoken).items() if name not in places}
    if places:
        return tuple(sorted(places, key=lambda name: places[name]))
    programs = {words(name) for name in (*settings.programs, settings.program or "")}
    return tuple(name for name in _guessed(text) if words(name) not in programs) if guess else ()


def official_stream(text: str, settings: Draws) -> str | None:
    """The official name of the stream a cell or heading names: declared spelling, else its own words."""
    found = find_streams(text, settings, guess=False)
    own = re.sub(r"\s+streams?\W*$", "", text.strip(), flags=re.IGNORECASE)
    return found[0] if len(found) == 1 else own or None


def names_streams(text: str, settings: Draws) -> bool:
    """Whether a cell or the end of a draw type is nothing but streams, one or several."""
    parts = [part for part in _PARTS.split(text.strip()) if part]
    return bool(parts) and all(
        _BC_PARTS.match(part) or (len(part) <= _NAME_LENGTH and find_streams(part, settings, guess=False))
        for part in parts
    )


def split_type(text: str, settings: Draws) -> tuple[str, str | None]:
    """A draw type and the streams it ends in: "Tech: Skilled Worker, International Graduate" parts at the colon."""
    head, _, tail = text.partition(":")
    return (head.strip(), tail.strip()) if head.strip() and names_streams(tail, settings) else (text, None)


def holds(spoken: Words, name: Words) -> bool:
    """Whether the words stand in this order, side by side, among those spoken."""
    return _position(name, spoken) is not None


def _whole_names(names: Mapping[Words, str], spoken: Words) -> dict[str, float]:
    """Names said in one piece → the middle of their words' places; a one-word name needs "stream" after it."""
    places: dict[str, float] = {}
    taken: set[int] = set()
    for name in sorted(names, key=len, reverse=True):
        at = _position(name if len(name) > 1 else (*name, "stream"), spoken)
        if at is not None and at not in taken:
            places.setdefault(names[name], at + (len(name) - 1) / 2)
            taken.update(range(at, at + len(name)))
    return places


def _tails(names: Mapping[Words, str], spoken: Words) -> dict[str, float]:
    """Names said by their last words only ("Skilled Trades stream"), where no other name ends so."""
    places: dict[str, float] = {}
    for name in names:
        for start in range(1, len(name) - _TAIL_WORDS + 1):
            tail = name[start:]
            at = _position((*tail, "stream"), spoken)
            if at is not None and sum(other[-len(tail) :] == tail for other in names) == 1:
                places.setdefault(names[name], at)
    return places


def _enumerated(names: Mapping[Words, str], spoken: Words) -> dict[str, float]:
    """Names said together, their common words once ("Masters and PhD Graduate streams")."""
    spread = {names[name]: _spread(name, spoken) for name in names if len(name) > 1}
    return {name: middle for name, middle in spread.items() if middle is not None}


def _spread(name: Words, spoken: Words) -> float | None:
    for start in (index for index, word in enumerate(spoken) if word == name[0]):
        found = [start]
        for word in name[1:]:
            later = (index for index in range(found[-1] + 1, len(spoken)) if spoken[index] == word)
            found.append(next(later, len(spoken)))
        if found[-1] < len(spoken) and found[-1] - start < len(name) + _GAP:
            return sum(found) / len(found)
    return None


def _position(name: Words, spoken: Words) -> int | None:
    size = len(name)
    return next((at for at in range(len(spoken) - size + 1) if spoken[at : at + size] == name), None) if size else None


def _guessed(text: str) -> tuple[str, ...]:
    names = (_NOT_A_NAME.sub("", found).strip() for found in _STREAM_NAME.findall(text))
    return tuple(dict.fromkeys(name for name in names if name))
