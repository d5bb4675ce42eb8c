"""Spells out the shorthand of notes ("reg free, app 1,750, 12 mths"), knowing where in the note each word stood."""

import re

from msgspec import Struct, field

_ANYWHERE = {
    r"(?<=\d)\s?pts?\b\.?|\bpts\b\.?": "points",
    r"(?<![a-z])mths?\b\.?|(?<=\d)\s?mos?\b\.?": "months",
    r"(?<![a-z])yrs?\b\.?": "years",
    r"(?<![a-z])wks?\b\.?": "weeks",
    r"\bbus\. (?=days?\b)": "business ",
    r"(?<=\d)\s?d\b(?!\.)": "days",
    r"(?<=\d)/hr?\b": "/hour",
    r"(?<=\d)\s?hrs?\b": "hours",
    r"\bYOE\b": "years of experience",
}
"""What stands for one word wherever it is written."""
_MONTHS = {
    name[:3]: name
    for name in (
        "January February March April June July August September October November December".split()  # noqa: SIM905 - a table of words
    )
}
_IN_NOTES = {
    "EE": "Express Entry",
    "FSW": "Federal Skilled Worker",
    "FST": "Federal Skilled Trades",
    "CEC": "Canadian Experience Class",
    "PNP": "provincial nominee",
    "PN": "provincial nomination",
    "SW": "Skilled Worker",
    "HA": "Health Authority",
    "HEI": "high economic impact",
    "OWP": "Ontario Workforce Priority",
    "EJO": "Employer Job Offer",
    "FW": "Foreign Worker",
    "HCP": "Human Capital Priorities",
    "WP": "work permit",
    "SP": "study permit",
    "PR": "permanent residence",
    "LMBP": "Labour Market Benefits Plan",
    "GTS": "Global Talent Stream",
    "RPRF": "right of permanent residence fee",
    "ITA": "invitation to apply",
    "ITAs": "invitations",
    "NOI": "notification of interest",
    "EOI": "expression of interest",
    "ON": "Ontario",
    "FT": "full-time",
    "PT": "part-time",
    "Cdn": "Canadian",
    "Fed": "federal",
    "fed": "federal",
    "app": "application",
    "apps": "applications",
    "appl": "application",
    "reg": "registration",
    "exp": "experience",
    "bio": "biometrics",
    "cat": "category",
    "min": "minimum",
    "max": "maximum",
    "avg": "average",
    "std": "standard",
    "constr": "construction",
    "vet": "veterinary",
    "notif": "notification",
    "notifs": "notifications",
    "edu": "education",
    "lang": "language",
    "quals": "qualifications",
    "rev": "revenue",
    "reqd": "required",
    "req'd": "required",
    "incl": "including",
    "kid": "child",
    "kids": "children",
    "prov": "provincial",
    "nom": "nomination",
    "noms": "nominations",
    "proc": "processing",
    "dep": "dependent",
    "emp": "employer",
    "occ": "occupation",
    "doc": "document",
    "docs": "documents",
    "ext": "extension",
    "perm": "permanent",
    "sgl": "single",
}
"""What stands for one word in half sentences only: in whole ones "app" may be a program and "min" a name."""
_EVERYWHERE = re.compile("|".join(f"(?P<w{number}>{words})" for number, words in enumerate(_ANYWHERE)))
_SPELLED = list(_ANYWHERE.values())
_MONTH = re.compile(
    rf"(?<=\d )(?P<before>{'|'.join(_MONTHS)}|Sept)\b\.?|\b(?P<after>{'|'.join(_MONTHS)}|Sept)\b\.?(?= \d)"
)
_WORD = re.compile(
    rf"(?<![\w'-])(?<!\d )(?P<word>{'|'.join(sorted(map(re.escape, _IN_NOTES), key=len, reverse=True))})(?![\w'-])\.?"
)
_SCALED = re.compile(r"(?<![\w.,])(?P<n>\d{1,3}(?:\.\d)?)(?P<scale>[kKM])\b")
_SCALES = {"k": 1_000, "K": 1_000, "M": 1_000_000}


class Spelled(Struct, frozen=True, kw_only=True):
    """A text with its shorthand spelled out; ``span`` leads back to what was written."""

    text: str
    _cuts: tuple[tuple[int, int, int, int], ...] = field(default=())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the text as written of the words at these offsets in the text as spelled."""
        return self._back(start, last=False), self._back(end, last=True)

    def _back(self, offset: int, *, last: bool) -> int:
        shift = 0
        for first, after, was_first, was_after in self._cuts:
            if offset <= first:
                break
            if offset < after:
                return was_after if last else was_first
            shift = was_after - after
        return offset + shift


def spell_out(text: str, *, note: bool) -> Spelled:
    """The text with the shorthand in it spelled out; ``note``: it is a half sentence, where more is shorthand."""
    found = [(match.span(), _SPELLED[int((match.lastgroup or "w0")[1:])]) for match in _EVERYWHERE.finditer(text)]
    found += [(match.span(), _month(match)) for match in _MONTH.finditer(text)]
    if note:
        found += [(match.span(), _IN_NOTES[match["word"]]) for match in _WORD.finditer(text)]
        found += [(match.span(), _scaled(match)) for match in _SCALED.finditer(text)]
    return _replaced(text, sorted(found))


def _month(match: re.Match[str]) -> str:
    return _MONTHS[(match["before"] or match["after"])[:3]]


def _scaled(match: re.Match[str]) -> str:
    return f"{round(float(match['n']) * _SCALES[match['scale']]):,}"


def _replaced(text: str, found: list[tuple[tuple[int, int], str]]) -> Spelled:
    parts: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    done = length = 0
    for (start, end), words in found:
        if start < done:
            continue
        kept = text[done:start]
        # "12mths" and "196 d" alike become a number, a space and a word.
        gap = " " if kept and text[start - 1].isdigit() and not text[start].isspace() and words[0].isalpha() else ""
        gap = " " if text[start].isspace() else gap
        parts += [kept, gap + words]
        length += len(kept)
        cuts.append((length, length + len(gap + words), start, end))
        length += len(gap + words)
        done = end
    return Spelled(text="".join([*parts, text[done:]]), _cuts=tuple(cuts))
