"""Decides what the facts say of an assumption now. A wrong "holds" is the worst error: in doubt, unknown."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.assess.collecting import judge_set
from monitor.assess.comparing import COMPARISONS, judge_comparison
from monitor.assess.outcomes import Outcome, contradicted, holds, listed, unknown
from monitor.assess.patterns import filter_facts, match_pattern, pattern_kind, unknown_fields
from monitor.assess.quotes import find_phrase, text_fragment
from monitor.assess.values import describe, describe_operand, own_date
from monitor.model import (
    Assumption,
    Expect,
    FactKind,
    Guide,
    JsonObject,
    KnownFact,
    Operator,
    ReadState,
    Verdict,
    VerdictEvidence,
    VerdictKind,
    minute,
    value_to_plain,
)

_YEAR = re.compile(r"-(20\d\d)$")
_OPERATOR_WORDS = {
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
    Operator.ONE_OF: "one of",
    Operator.NEWEST_WITHIN: "newest within",
}


class Ground(Struct, frozen=True, kw_only=True):
    """All that verdicts rest on at one moment. ``kinds_read``: the kinds of fact a source is read for, if declared."""

    now: datetime
    facts: Mapping[tuple[str, str], Sequence[KnownFact]]
    reads: Mapping[str, ReadState]
    texts: Mapping[str, str] = field(default_factory=dict)
    kinds_read: Mapping[str, Collection[FactKind]] = field(default_factory=dict)
    matched: dict[tuple[Sequence[str], str, str], Sequence[KnownFact]] = field(default_factory=dict)
    """Found already: the matching facts by sources, pattern and filter; many assumptions share them."""
    plain: dict[str, JsonObject] = field(default_factory=dict)
    instead: dict[tuple[Sequence[str], str], str] = field(default_factory=dict)


def make_ground(
    facts: Sequence[KnownFact],
    reads: Mapping[str, ReadState],
    now: datetime,
    *,
    page_texts: Mapping[str, str] | None = None,
    kinds_read: Mapping[str, Collection[FactKind]] | None = None,
) -> Ground:
    """The facts in force at ``now``, by source and kind, with what else judging needs."""
    by_place: dict[tuple[str, str], list[KnownFact]] = {}
    for item in facts:
        if item.first_seen <= now:
            by_place.setdefault((item.fact.source, str(item.fact.kind)), []).append(item)
    return Ground(now=now, facts=by_place, reads=reads, texts=page_texts or {}, kinds_read=kinds_read or {})


def judge(
    guide: Guide,
    assumption: Assumption,
    *,
    facts: Sequence[KnownFact],
    reads: Mapping[str, ReadState],
    now: datetime,
    page_texts: Mapping[str, str] | None = None,
    kinds_read: Mapping[str, Collection[FactKind]] | None = None,
) -> Verdict:
    """The verdict on one assumption at ``now``, by the rules of the interface ("Verdicts").

    ``facts`` are those in force at ``now``, of any sources; ``page_texts`` the current text by source, for phrases;
    ``kinds_read`` the kinds of fact each source is read for: absence of another kind proves nothing.
    """
    ground = make_ground(facts, reads, now, page_texts=page_texts, kinds_read=kinds_read)
    return judge_on(ground, guide, assumption)


def judge_on(ground: Ground, guide: Guide, assumption: Assumption) -> Verdict:
    """The verdict on one assumption on prepared ground."""
    return to_verdict(ground, guide, assumption, weigh(ground, assumption))


def weigh(ground: Ground, assumption: Assumption) -> Outcome:
    """What the facts say of an assumption, with unread and stale sources taken into account."""
    if assumption.expect is None:
        return _manual(assumption, ground.now)
    if not assumption.sources:
        return unknown("The assumption names no source.")
    unread = _unread(ground, assumption.sources)
    if len(unread) == len(assumption.sources):
        return unknown(f"Never read: {', '.join(unread)}.")
    outcome = _expected(ground, assumption, assumption.expect)
    if unread and (outcome.kind == VerdictKind.HOLDS or outcome.by_absence):
        return replace(outcome, kind=VerdictKind.UNKNOWN, reason=f"{outcome.reason} Never read: {', '.join(unread)}.")
    notes = (*_missing(ground, assumption), *_unread_since(ground, assumption.sources))
    return replace(_stale_or(ground, assumption, outcome), notes=notes)


def _missing(ground: Ground, assumption: Assumption) -> list[str]:
    """A sentence when facts it rests on were not on the page when that was last read well: not yet believed gone."""
    expect = assumption.expect
    kind = pattern_kind(expect.fact) if expect and expect.fact else None
    if expect is None or kind is None or unknown_fields(kind, expect.where):
        return []
    away = [item for item in _matching(ground, assumption.sources, expect, kind) if is_away(ground, item)]
    if not away:
        return []
    seen = min(item.last_seen for item in away)
    told = f"Not on the page when it was last read, last seen {minute(seen)}: {listed(away)}."
    return [f"{told} Gone only if that lasts."]


def is_away(ground: Ground, item: KnownFact) -> bool:
    """Whether the last good read of its source did not show a fact that is still believed."""
    read = last_read(ground.reads, item.fact.source)
    return read is not None and item.last_seen < read


def _unread_since(ground: Ground, sources: Sequence[str]) -> list[str]:
    """A sentence for each source whose last check was no good read: what is known of it is older."""
    states = [ground.reads[source] for source in sources if source in ground.reads]
    return [
        f"{state.source} could not be read when it was last checked, {minute(state.last_check)}"
        f" ({state.health.replace('_', ' ')}); what is known of it is of {minute(state.last_good_read)}."
        for state in states
        if state.health not in {"ok", "never"} and state.last_check and state.last_good_read
    ]


def _unread(ground: Ground, sources: Sequence[str]) -> list[str]:
    unread = [source for source in sources if last_read(ground.reads, source) is None]
    begun = [source for source in unread if not _is_awaited(source, ground.now)]
    return begun if len(unread) < len(sources) else unread


def _is_awaited(source: str, now: datetime) -> bool:
    # The page of a coming year (oinp-updates-2027) need not exist yet; its absence leaves no gap.
    found = _YEAR.search(source)
    return found is not None and int(found[1]) > now.year


def _manual(assumption: Assumption, now: datetime) -> Outcome:
    if assumption.date is None:
        return Outcome(kind=VerdictKind.MANUAL, reason="No official fact can say this; a person must judge.")
    days = (assumption.date - now.date()).days
    when = f"in {days} days" if days > 0 else "today" if days == 0 else f"{-days} days ago"
    return Outcome(kind=VerdictKind.MANUAL, reason=f"Personal deadline {assumption.date} ({when}).", found=when)


def last_read(reads: Mapping[str, ReadState], source: str) -> datetime | None:
    """When a source was last read well; None when it never was."""
    state = reads.get(source)
    return state.last_good_read if state else None


def _stale_or(ground: Ground, assumption: Assumption, outcome: Outcome) -> Outcome:
    source, read = oldest_read(ground.reads, assumption.sources)
    if read is None or ground.now - read <= assumption.max_age:
        return outcome
    note = f"{source} was last read well on {read.date()}, longer ago than {_days(assumption.max_age)}."
    kind = VerdictKind.STALE if outcome.kind == VerdictKind.HOLDS else outcome.kind
    return replace(outcome, kind=kind, reason=f"{outcome.reason} {note}")


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):g} days"


def oldest_read(reads: Mapping[str, ReadState], sources: Sequence[str]) -> tuple[str, datetime | None]:
    """The source whose last good read is longest ago, of those ever read, and when that was."""
    known = [(read, source) for source in sources if (read := last_read(reads, source)) is not None]
    return (min(known)[1], min(known)[0]) if known else ("", None)


def _expected(ground: Ground, assumption: Assumption, expect: Expect) -> Outcome:
    if expect.phrase is not None:
        return _judge_phrase(ground, assumption, expect, expect.phrase)
    pattern = expect.fact or ""
    kind = pattern_kind(pattern)
    if kind is None:
        return unknown(f"{pattern} names no kind of fact.")
    strange = unknown_fields(kind, expect.where)
    if strange:
        return unknown(f"A {kind} has no field {', '.join(strange)}.")
    facts = _matching(ground, assumption.sources, expect, kind)
    if expect.operator in COMPARISONS:
        return judge_comparison(expect, facts, ground.now)
    outcome = judge_set(expect, facts, ground.now)
    if outcome.by_absence and not facts:
        outcome = replace(outcome, reason=f"{outcome.reason}{_instead(ground, assumption.sources, kind)}")
    blind = [source for source in assumption.sources if not _reads_kind(ground, source, kind)]
    if blind and (outcome.by_absence or (not facts and outcome.kind == VerdictKind.HOLDS)):
        return unknown(f"{', '.join(blind)}: not read for facts of kind {kind}.", found=outcome.found)
    return outcome


def _instead(ground: Ground, sources: Sequence[str], kind: FactKind) -> str:
    """What these sources have where the facts asked for are not, as a sentence to add."""
    name = (sources, str(kind))
    if name not in ground.instead:
        ground.instead[name] = _newest_of(ground, sources, kind)
    return ground.instead[name]


def _newest_of(ground: Ground, sources: Sequence[str], kind: FactKind) -> str:
    others = [item for source in dict.fromkeys(sources) for item in ground.facts.get((source, str(kind)), ())]
    dated = [(day, item.fact.key, item) for item in others if (day := own_date(item.fact.value)) is not None]
    return f" The newest of its {len(others)}: {describe(max(dated)[2].fact.value)}." if dated else ""


def _reads_kind(ground: Ground, source: str, kind: FactKind) -> bool:
    declared = ground.kinds_read.get(source)
    return declared is None or kind in declared


def _matching(ground: Ground, sources: Sequence[str], expect: Expect, kind: FactKind) -> Sequence[KnownFact]:
    pattern = expect.fact or ""
    name = (sources, pattern, repr(expect.where))
    if name not in ground.matched:
        fitting = _named(ground, sources, pattern, kind)
        if expect.where:
            fitting = filter_facts(expect.where, fitting, partial(_plain, ground))
        ground.matched[name] = fitting
    return ground.matched[name]


def _named(ground: Ground, sources: Sequence[str], pattern: str, kind: FactKind) -> Sequence[KnownFact]:
    """The facts whose key fits, newest first: of many draws the latest is the one to show."""
    name = (sources, pattern, "")
    if name not in ground.matched:
        found = (item for source in dict.fromkeys(sources) for item in ground.facts.get((source, str(kind)), ()))
        fitting = [item for item in found if match_pattern(pattern, item.fact.key)]
        fitting.sort(key=lambda item: own_date(item.fact.value) or date.min, reverse=True)
        ground.matched[name] = fitting
    return ground.matched[name]


def _plain(ground: Ground, item: KnownFact) -> JsonObject:
    key = item.fact.key
    if key not in ground.plain:
        ground.plain[key] = value_to_plain(item.fact.value)
    return ground.plain[key]


def _judge_phrase(ground: Ground, assumption: Assumption, expect: Expect, phrase: str) -> Outcome:
    if expect.operator != Operator.PRESENT or not isinstance(expect.operand, bool):
        return unknown("A phrase can only be expected to be present = true or false.")
    texts = {source: ground.texts[source] for source in assumption.sources if ground.texts.get(source)}
    hit = next(((source, line) for source, text in texts.items() if (line := find_phrase(text, phrase))), None)
    if hit is not None:
        conclude = holds if expect.operand else contradicted
        outcome = conclude(f"The page says: “{hit[1]}”.", found=f"“{phrase}”")
        return replace(outcome, source=hit[0], quote=hit[1])
    away = _away_words(ground, assumption.sources, phrase)
    if away is not None and expect.operand:
        return replace(holds(away.reason, found=f"“{phrase}”"), source=away.source, quote=away.quote)
    missing = [source for source in assumption.sources if source not in texts]
    if missing:
        return unknown(f"No page text at hand for {', '.join(missing)}.")
    reason = f"The words “{phrase}” are not on the page."
    absent = partial(contradicted, by_absence=True) if expect.operand else holds
    return absent(reason, found="not on the page")


def _away_words(ground: Ground, sources: Sequence[str], phrase: str) -> Outcome | None:
    """Words that the last read did not show, of a fact not yet believed gone: vanishing is slow for them too."""
    for source in sources:
        for kind in FactKind:
            for item in ground.facts.get((source, str(kind)), ()):
                if is_away(ground, item) and find_phrase(item.fact.quote, phrase):
                    reason = (
                        f"The page said so until {minute(item.last_seen)}, and not when it was last read; "
                        "gone only if that lasts."
                    )
                    return replace(holds(reason), source=source, quote=item.fact.quote)
    return None


def describe_expect(expect: Expect) -> str:
    """What must be so, as one readable line: ``fee:*application* equals 1750``."""
    subject = f"“{expect.phrase}”" if expect.phrase is not None else str(expect.fact)
    if expect.where:
        filters = ", ".join(f"{name} = {describe_operand(wanted)}" for name, wanted in expect.where.items())
        subject = f"{subject} where {filters}"
    if expect.operator == Operator.PRESENT:
        return f"{subject} {'present' if expect.operand else 'absent'}"
    if expect.operator == Operator.BETWEEN and isinstance(expect.operand, list | tuple):
        return f"{subject} between {' and '.join(describe_operand(item) for item in expect.operand)}"
    word = _OPERATOR_WORDS.get(expect.operator, str(expect.operator))
    return f"{subject} {word} {describe_operand(expect.operand)}"


def to_verdict(ground: Ground, guide: Guide, assumption: Assumption, outcome: Outcome) -> Verdict:
    """An outcome as a verdict with reasons a person can check: expected, found, quote, source and time."""
    source = outcome.source or (outcome.fact.fact.source if outcome.fact else None) or _first(assumption.sources)
    state = ground.reads.get(source) if source else None
    expected = describe_expect(assumption.expect) if assumption.expect else None
    evidence = _evidence(ground, outcome)
    return Verdict(
        guide=guide.id,
        assumption=assumption.id,
        claim=assumption.claim,
        verdict=outcome.kind,
        expected=expected,
        found=outcome.found,
        reasons=_reasons(assumption, outcome, expected, evidence, source, state),
        source=source,
        as_of=ground.now,
        last_good_read=oldest_read(ground.reads, assumption.sources)[1],
        reads_since_change=state.reads_since_change if state else 0,
        evidence=evidence,
    )


def _first(sources: Sequence[str]) -> str | None:
    return sources[0] if sources else None


def _reasons(
    assumption: Assumption,
    outcome: Outcome,
    expected: str | None,
    evidence: VerdictEvidence | None,
    source: str | None,
    state: ReadState | None,
) -> tuple[str, ...]:
    lines = [f"Expected {expected}. {outcome.reason}" if expected else outcome.reason]
    if evidence is not None and state is not None and state.last_good_read is not None:
        lines.append(f"“{evidence.quote}” ({source}, last read well {minute(state.last_good_read)})")
    lines += outcome.notes
    if assumption.expect is None and assumption.because:
        lines.append(assumption.because)
    return tuple(lines)


def _evidence(ground: Ground, outcome: Outcome) -> VerdictEvidence | None:
    if outcome.fact is not None:
        fact = outcome.fact.fact
        state = ground.reads.get(fact.source)
        url = address(state.url, fact.quote) if state else ""
        return VerdictEvidence(version=outcome.fact.version, quote=fact.quote, url=url)
    state = ground.reads.get(outcome.source) if outcome.source else None
    if state is None or outcome.quote is None:
        return None
    return VerdictEvidence(version=state.version or "", quote=outcome.quote, url=address(state.url, outcome.quote))


def address(url: str, quote: str) -> str:
    """The page at the quoted words; a JSON feed has no place to point at."""
    return url if urlsplit(url).path.endswith(".json") else text_fragment(url, quote)
