"""One source followed over days and years: good reads, failed ones, and all that was told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.changes.advance import advance
from monitor.changes.decide import decide
from monitor.changes.reading import Reading
from monitor.model import (
    CheckRecord,
    Draw,
    DrawKind,
    Event,
    EventState,
    Fact,
    FactKind,
    Fee,
    Format,
    Known,
    Page,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
    content_sha256,
)

URL = "https://example.org/rounds"


def moment(day: date, hour: int = 20) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def drawn(day: date, category: str | None = None, *, score: int | None = 500, **more: object) -> Fact:
    """A numbered round of a federal feed, or with ``stream`` a draw of a province's."""
    program = more.pop("program", "Express Entry")
    stream = more.pop("stream", None)
    kind = more.pop("kind", DrawKind.INVITATION)
    number = more.pop("number", None if stream else f"{day:%y%m%d}{category or ''}")
    value = Draw(
        kind=kind,  # type: ignore[arg-type]
        number=number,  # type: ignore[arg-type]
        date=day,
        program=program,  # type: ignore[arg-type]
        stream=stream or f"{category} (Version 1)",  # type: ignore[arg-type]
        category=category,
        score=score,
    )
    key = f"draw:s/{number or f'{day}-{stream}-{category}'}"
    return Fact(key=key, kind=FactKind.DRAW, source="s", value=value, quote=f"{day} {category} {score}")


def fee(label: str, amount: int, effective: date | None = None, *, key: str | None = None) -> Fact:
    value = Fee(label=label, amount=Decimal(amount), effective_on=effective)
    return Fact(
        key=f"fee:s/{key or label}", kind=FactKind.FEE, source="s", value=value, quote=f"{label} ${amount} {effective}"
    )


def every(days: int, start: date, times: int) -> list[date]:
    return [start + timedelta(days=days * number) for number in range(times)]


class Follower(Struct):
    """Feeds reads of one source to the decider and keeps what a store would."""

    source: Source = field(
        default_factory=lambda: Source(id="s", publisher="IRCC", url=URL, format=Format.JSON, title="Rounds")
    )
    known: Known = field(default_factory=lambda: Known(source="s"))
    told: list[Event] = field(default_factory=list)

    def read(self, facts: Sequence[Fact], *, on: date, hour: int = 20, text: str | None = None) -> list[Event]:
        """A good page with these facts; returns the events of this read."""
        words = text or "\n".join(fact.quote for fact in facts)
        page = Page(
            title="Rounds",
            final_url=self.source.url,
            canonical_url=None,
            language="en",
            update_marker=None,
            blocks=(),
            text=words,
            sha256=content_sha256(words),
        )
        when = moment(on, hour)
        shot = Snapshot(
            source="s", fetched_at=when, status=200, final_url=self.source.url, headers={}, body=words.encode()
        )
        ok = Quality(outcome=QualityOutcome.OK)
        return self.decide(Reading(checked_at=when, quality=ok, snapshot=shot, page=page, facts=tuple(facts)))

    def fail(self, *, on: date) -> list[Event]:
        problem = Problem(code="http_error", message="503")
        return self.decide(
            Reading(checked_at=moment(on), quality=Quality(outcome=QualityOutcome.FAILED, problem=problem))
        )

    def not_modified(self, *, on: date) -> list[Event]:
        ok = Quality(outcome=QualityOutcome.OK)
        return self.decide(Reading(checked_at=moment(on), quality=ok, not_modified=True, http_status=304))

    def decide(self, reading: Reading) -> list[Event]:
        record: CheckRecord = decide(self.source, replace(self.known, twin=None), reading, revision="1")
        confirmed = [event for event in record.settled if event.state == EventState.CONFIRMED]
        assert record.check.events == tuple(event.id for event in (*record.events, *confirmed))
        self.known = advance(self.known, record)
        self.told += record.events
        return list(record.events)

    def follow(self, draws: Sequence[Fact], start: date, end: date, *, step: int = 1) -> None:
        """A read every few days of a page that shows the draws held so far."""
        day = start
        while day <= end:
            self.read([fact for fact in draws if fact.value.date <= day], on=day)  # type: ignore[union-attr, operator]
            day += timedelta(days=step)

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds so far."""
        return [event for event in self.told if event.kind in kinds]
