"""Findings that stop nothing: what is allowed in the configuration but hardly meant."""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from monitor.assess.quotes import find_quotes
from monitor.config.channels import VARIABLE
from monitor.config.configuration import Config
from monitor.config.deciding import hardly_meant
from monitor.errors import Finding
from monitor.extractors import EXTRACTORS
from monitor.extractors.extraction import Extractor
from monitor.model import Assumption, FactKind, Guide

_LOGIN = re.compile(r"://[^/@]*:[^/@]+@")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")
_PLAIN_WORDS = re.compile(r"[a-z_-]+")
_LOCAL = re.compile(r"://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)")


def lint_config(
    config: Config,
    *,
    extractors: Mapping[str, Extractor] = EXTRACTORS,
    today: dt.date | None = None,
    unsure: Collection[str] = (),
) -> list[Finding]:
    """The softer findings of a configuration, in the order of its files; ``today`` tells deadlines past.

    ``unsure`` names the sources of which it is not known what they are read for.
    """
    found = [*_secrets(config)]
    for guide in config.guides:
        for assumption in guide.assumptions:
            found += _assumption(config, guide, assumption, extractors, today, unsure)
    return found


def _secrets(config: Config) -> Iterator[Finding]:
    for channel in config.channels:
        literal = VARIABLE.sub("", channel.url)
        if not VARIABLE.search(channel.url) and not _LOCAL.search(literal) and _looks_secret(literal):
            message = f'channel "{channel.name}" holds a secret; put it in the environment and write ${{NAME}} here'
            yield Finding(file=str(config.path), line=channel.line, code="literal_secret", message=message)


def _looks_secret(url: str) -> bool:
    tokens = _TOKEN.findall(url.partition("://")[2])
    return bool(_LOGIN.search(url)) or not all(_PLAIN_WORDS.fullmatch(token) for token in tokens)


def _assumption(
    config: Config,
    guide: Guide,
    assumption: Assumption,
    extractors: Mapping[str, Extractor],
    today: dt.date | None,
    unsure: Collection[str],
) -> Iterator[Finding]:
    subject = f'assumption "{assumption.id}"'
    is_unsure = any(name in unsure or name not in config.sources for name in assumption.sources)
    places = _quoted_on(guide, assumption)
    problems = (
        ("quote", "quote_not_found", _quote_missing(guide, assumption) if places == [] else None),
        ("quote", "quote_ambiguous", _quote_repeated(guide, assumption, places) if len(places or ()) > 1 else None),
        ("sources", "source_off", _switched_off(config, assumption)),
        ("expect", "fact_not_read", None if is_unsure else _fact_not_read(config, assumption, extractors)),
        ("expect", "never_fits", hardly_meant(assumption.expect) if assumption.expect else None),
        ("date", "date_past", _date_past(assumption, today)),
    )
    for key, code, problem in problems:
        if problem:
            yield Finding(file=guide.file, line=assumption.line_of(key), code=code, message=f"{subject}: {problem}")


def _quoted_on(guide: Guide, assumption: Assumption) -> list[int] | None:
    """The lines of the guide's text on which the quote begins; None when the assumption quotes nothing."""
    return None if assumption.quote is None else find_quotes(guide.text, assumption.quote)


def _quote_missing(guide: Guide, assumption: Assumption) -> str:
    where = guide.text_file or 'a text file, which the guide does not name in "text"'
    return f"its quote {assumption.quote!r} is not in {where}; copy the words of the guide"


def _quote_repeated(guide: Guide, assumption: Assumption, places: Sequence[int] | None) -> str:
    distinct = list(dict.fromkeys(places or ()))
    one, several = f"more than once on line {distinct[0]}", f"on lines {', '.join(map(str, distinct))}"
    where = several if len(distinct) > 1 else one
    return f"its quote {assumption.quote!r} stands {where} of {guide.text_file}; quote more of its words"


def _date_past(assumption: Assumption, today: dt.date | None) -> str | None:
    if assumption.date is None or today is None or assumption.date >= today:
        return None
    return f"its deadline {assumption.date} is past; write the next one, or drop it"


def _switched_off(config: Config, assumption: Assumption) -> str | None:
    off = [name for name in assumption.sources if name in config.sources and not config.sources[name].enabled]
    if not off or len(off) < len(assumption.sources):
        return None
    return f"it rests only on {', '.join(off)}, which is switched off (enabled = false)"


def _fact_not_read(config: Config, assumption: Assumption, extractors: Mapping[str, Extractor]) -> str | None:
    if assumption.expect is None or assumption.expect.fact is None or not assumption.sources:
        return None
    kind = FactKind(assumption.expect.fact.partition(":")[0])
    named = [config.sources[name].declarations for name in assumption.sources]
    if any(kind in extractors[name].kinds for declarations in named for name in declarations):
        return None
    readers = [name for name, extractor in extractors.items() if kind in extractor.kinds]
    if not readers:
        return None
    return f"none of its sources reads facts of kind {kind}; add {' or '.join(readers)} to extract"
