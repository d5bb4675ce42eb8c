"""Deadlines told as a length of time: what must be done, and after or before what ("apply after invitation")."""

import re

from monitor.extractors import labels as names
from monitor.extractors import thresholds_labels as labels
from monitor.extractors.thresholds_quantities import TIME_UNITS, Quantity

_LIMIT = re.compile(
    r"\b(?P<word>within|no later than|not later than|at most|have|has|had|up to|at least|no more than|minimum of|"
    r"more than)[\s:]*(?:up to\s|only\s)?(?:a (?:maximum|minimum) of\s|the\s|a\s)*$",
    re.IGNORECASE,
)
_RELATION = re.compile(
    r"^[\s,]*(?:\w+\s){0,2}?(?P<link>of|after|from|following|before|prior to|in advance of)\s+(?P<event>[^.;]+)",
    re.IGNORECASE,
)
_OF_TIME_SPENT = re.compile(
    r"[\s,]*of\s(?:[\w-]+\s){0,6}?(?:experience|education|study|studies|employment|work)\b", re.IGNORECASE
)
_ENTRY = re.compile(r"\W*(?P<who>[^:.;\d]{2,50}?)\s?(?::|\s-)\s*(?:within\s)?")
_BEFORE = frozenset({"before", "prior to", "in advance of"})
_AT_LEAST = frozenset({"at least", "minimum of", "more than"})
_MOMENT = re.compile(r"^(?:the\s)?(?:date|day|when|time|moment|issuance|receipt|receiving)\b", re.IGNORECASE)
_MISSED = re.compile(r"\b(?:if|unless)\b[^.;,]*\b(?:not|n't|fail)\b[^.;,]*$", re.IGNORECASE)
_KEEP = re.compile(r"\b(?:keep|retain|maintain)\s+(?P<what>[^.;]+)", re.IGNORECASE)
_LOOKBACK = re.compile(r"\b(?:in|within|during|over|for)\s(?:the\s)?(?:last|past|previous|preceding)\s$", re.IGNORECASE)
_LOOKBACK_AFTER = re.compile(r"^\s(?:immediately\s)?(?:prior|preceding|before)\b", re.IGNORECASE)
_VALID = re.compile(
    r"\b(?:valid(?:ity)?|(?:remain|stay)s? (?:active|valid|open|in)|lasts|expires?|ends?(?= \W*$)|good|in effect)\b"
    r"[^.;]{0,40}$",
    re.IGNORECASE,
)
_EVENTS = (
    (r"\binvit(?:ation|ed|e)s?\b|\bITA\b|\bnotification of interest\b", "invitation"),
    (r"\brefus\w+|\bnegative decision\b", "refusal"),
    (r"\bnominat\w+", "nomination"),
    (r"\bjob offer\b", "job offer"),
    (r"\blanding\b|\barriv\w+|\benter\w*", "arrival"),
    (r"\bdecision\b", "decision"),
    (r"\bexpir\w+", "expiry"),
    (r"\bstart date\b|\bfirst day\b", "start date"),
    (r"\bgraduat\w+|\bcomplet\w+", "completion"),
    (r"\bsubmi\w+|\bappl(?:y|ication|ied)\b", "application"),
    (r"\bregist\w+", "registration"),
    (r"\brequest\w*", "request"),
)
_ACTIONS = (
    (
        r"\bregister\w*\b(?!\s(?:their|your) business)|\bregistration\b|\bexpressions? of interest\b(?=.*\bregist|$)",
        "register",
    ),
    (r"\bappl(?:y|ying) (?:to IRCC )?for (?:a |your )?work permits?\b", "apply for work permit"),
    (r"\bappl(?:y|ying) (?:to IRCC )?for (?:your )?permanent residen\w+", "apply for permanent residence"),
    (r"\b(?:internal )?review\b|\breconsider\w+", "request review"),
    (r"\b(?:begin|begun|began|start)\w*\s(?:work|employment)\w*", "begin working"),
    (r"\b(?:submit|submitt)\w*|\bappl(?:y|ying|ications?)\b", "apply"),
    (r"\bpay\b|\bpayment\b", "pay"),
    (r"\bcomplete\b|\bprovide\b|\bsend\b|\bupload\b", "provide"),
    (r"\bdo so\b", "act"),
    (r"\brespond\w*|\brepl(?:y|ies)\b", "respond"),
    (r"\bnotify\b|\binform\b|\breport\b", "notify"),
    (r"\baccept\w*|\bdecline\b", "accept"),
    (r"\b(?:receive[d]?|request)\b", "request"),
)
_WEAK = frozenset({"provide", "act"})
"""Actions that count where a sentence names no other."""
_ACTOR = re.compile(
    r"\b(?:your|the|an|if your)?\s?(?P<who>employer|applicant|representative|spouse|candidate)s?\b", re.IGNORECASE
)


def is_window(text: str, found: Quantity) -> bool:
    """Whether a length of time is one to act in: "within 30 days of ...", "have 14 days to ..."."""
    limit = _LIMIT.search(text[: found.start])
    if found.unit not in TIME_UNITS or limit is None or _is_told_of(text, found):
        return False
    word = limit["word"].lower()
    related = _RELATION.match(text[found.end :])
    link = related["link"].lower() if related else ""
    if word in _AT_LEAST:
        return link in _BEFORE and found.unit != "years"
    if related and link in {"of", "from"}:
        known = _event(related["event"]) != "" or _MOMENT.match(related["event"]) is not None
        return known and (word != "up to" or link == "from")
    if related:
        return True
    if word not in {"within", "have", "has", "had", "no later than"} or found.unit == "years":
        return False
    return _event(text) != "" or _purpose(text[: found.start], text[found.end :]) != ""


def _is_told_of(text: str, found: Quantity) -> bool:
    """Whether the time is one spent, one looked back on, or one missed: none to act in."""
    spent = _OF_TIME_SPENT.match(text[found.end :]) is not None
    return spent or is_lookback(text, found) or _MISSED.search(text[: found.start]) is not None


def find_entry(text: str, found: Quantity, lead_in: str, path: tuple[str, ...]) -> str:
    """The label of a list entry that is a time to act in, "Employers: 14 days", under words that say after what.

    Empty for other texts.
    """
    who, after = _ENTRY.fullmatch(text[: found.start]), text[found.end :]
    related = _RELATION.match(after)
    if who is None or found.unit not in TIME_UNITS or (re.search(r"\w", after) and not related):
        return ""
    event = _event(related["event"]) if related else _event(lead_in) or _event(path[-1] if path else "")
    link = "before" if related and related["link"].lower() in _BEFORE else "after"
    return labels.joined(_actor(text[: found.start]) or labels.row(who["who"]), f"{link} {event}") if event else ""


def is_lookback(text: str, found: Quantity) -> bool:
    """Whether a length of time says how far back something counts: "within the last 10 years"."""
    before, after = text[: found.start], text[found.end :]
    within = re.search(r"\b(?:in|within|during)\s(?:the\s)?$", before, re.IGNORECASE) is not None
    return _LOOKBACK.search(before) is not None or (within and _LOOKBACK_AFTER.match(after) is not None)


def is_validity(text: str, found: Quantity) -> bool:
    """Whether a length of time says how long something holds: "results are valid for 2 years"."""
    return found.unit in TIME_UNITS and _VALID.search(text[: found.start]) is not None


def window_label(text: str, found: Quantity, lead_in: str, path: tuple[str, ...]) -> str:
    """What must be done, and after or before what: "employer apply after invitation".

    The action may stand in the sentence, in the words that open its list, or in its heading.
    """
    before, after = text[: found.start], text[found.end :]
    related = _RELATION.match(after)
    event = (_event(related["event"]) or labels.after(f" {related['event']}")) if related else ""
    link = "before" if related and related["link"].lower() in _BEFORE else "after"
    above = path[-1] if path else ""
    act = next(
        filter(None, (_purpose(before, after), _action(before, last=True), _action(lead_in), _action(above))),
        labels.nearest(path),
    )
    told = (event, _event(text), _event(lead_in), _event(above))
    event = next((name for name in told if name and (name, act) != ("application", "apply")), "")
    return labels.joined(_actor(before) or _actor(lead_in), act, f"{link} {event}" if event else "")


def keep_label(text: str) -> str:
    """What must be kept so long: "keep all documents ..." gives "keep documents"; empty for other sentences."""
    match = _KEEP.search(text)
    what = labels.after(f" {match['what']}") if match else ""
    return f"keep {what}" if what else ""


def lookback_label(text: str, found: Quantity, path: tuple[str, ...]) -> str:
    """What must lie within the time: "work experience within"."""
    name = labels.before(
        re.sub(
            r"\b(?:in|within|during|over|for)\s(?:the\s)?(?:last|past|previous|preceding)?\s?$",
            "",
            text[: found.start],
        )
    )
    name = re.sub(r"^(?:at least\s)?\d[\d,]*\s\S+\s?", "", name)
    return f"{name or labels.nearest(path)} within last".strip()


def is_kept(text: str, found: Quantity) -> bool:
    """Whether something must be kept so long."""
    return (
        re.search(r"\bfor\s(?:at least\s)?$", text[: found.start]) is not None and keep_label(text[: found.start]) != ""
    )


def validity_label(text: str, found: Quantity, path: tuple[str, ...]) -> str:
    """What holds so long: "language tests validity"."""
    match = _VALID.search(text[: found.start])
    subject = text[: match.start()] if match else ""
    name = names.words_before(
        re.sub(r"\b(?:is|are|will|be|must|remain|stay|only|their|its)\b\W*$", "", subject.rstrip()).rstrip()
    )
    return labels.joined(name.lower() or labels.nearest(path), "validity")


def _event(text: str) -> str:
    """The event a text speaks of, the most telling first: an invitation to apply is no application."""
    return next((name for pattern, name in _EVENTS if re.search(pattern, text, re.IGNORECASE)), "")


def _purpose(before: str, after: str) -> str:
    """The action of "you have 30 days ... to submit an application"."""
    if not re.search(r"\b(?:have|has|had)\b[^.;]{0,20}$", before, re.IGNORECASE):
        return ""
    purpose = re.search(
        r"\bto\s+(?P<act>(?:submit|apply|respond|reply|pay|accept|register|request|notify|do so|complete|provide|send"
        r"|upload)\b.*)",
        after,
        re.IGNORECASE,
    )
    return _action(purpose["act"]) if purpose else ""


def _action(text: str, *, last: bool = False) -> str:
    plain = re.sub(r"\binvit\w+ to apply\b", "invitation", text, flags=re.IGNORECASE)
    found = [
        (match.start(), -rank, name)
        for rank, (pattern, name) in enumerate(_ACTIONS)
        for match in re.finditer(pattern, plain, re.IGNORECASE)
    ]
    found = [each for each in found if each[2] not in _WEAK] or found
    if not found:
        return ""
    return max(found)[2] if last else min(found, key=lambda item: (item[0], -item[1]))[2]


def _actor(text: str) -> str:
    found = list(_ACTOR.finditer(text))
    return found[0]["who"].lower() if found else ""
