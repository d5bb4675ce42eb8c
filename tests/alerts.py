"""Made-up alerts for tests of messages, channels and deliveries."""

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from monitor.assess.combining import combine
from monitor.model import Affect, Alert, AlertItem, Event, Evidence, JsonObject, Purpose, Severity, VerdictKind

AT = datetime(2026, 5, 28, 18, 5, tzinfo=UTC)


def event(kind: str, old: JsonObject | None = None, new: JsonObject | None = None, **more: Any) -> Event:
    defaults: dict[str, Any] = {
        "id": "e1f00d",
        "source": "bcpnp-for-workers",
        "publisher": "BC PNP",
        "subject": "Fees for workers",
        "key": "fee:bcpnp-for-workers/application",
        "observed_at": AT,
    }
    return Event(kind=kind, old=old, new=new, **(defaults | more))


def fee_change(**more: Any) -> Event:
    defaults: dict[str, Any] = {
        "severity": Severity.URGENT,
        "effective_on": date(2026, 1, 22),
        "changed": ("amount",),
        "evidence": Evidence(
            quote_before="The application fee is $1,475 for each worker.",
            quote_after="The application fee is $1,750 for each worker.",
            url="https://www.example.org/fees?a=1&b=2#:~:text=application%20fee",
        ),
    }
    return event("fee.changed", fee("1475"), fee("1750"), **(defaults | more))


def fee(amount: str, label: str = "Application fee") -> dict[str, Any]:
    return {"label": label, "amount": amount, "currency": "CAD", "effective_on": None}


def draw(number: str = "418", **more: Any) -> dict[str, Any]:
    return {
        "kind": "invitation",
        "number": number,
        "date": "2026-05-28",
        "program": "Express Entry",
        "stream": "French-Language proficiency 2026-Version 2",
        "category": "french",
        "selection": None,
        "occupations": [],
        "invitations": 4500,
        "invitations_text": "4,500",
        "score": 409,
        "score_text": "409",
        "tie_break": "April 29, 2026 at 22:20:00 UTC",
    } | more


def rule(text: str, section: str = "Interviews") -> dict[str, Any]:
    return {"section": section, "text": text, "modality": "must"}


def affect(assumption: str = "C44", guide: str = "it-workers", **more: Any) -> Affect:
    defaults: dict[str, Any] = {
        "event": "e1f00d",
        "verdict": VerdictKind.CONTRADICTED,
        "reason": "The guide says 1,475; the page now says 1,750.",
    }
    return Affect(guide=guide, assumption=assumption, **(defaults | more))


def item(happened: Event | None, *affects: Affect, **sentences: str) -> AlertItem:
    return AlertItem(event=happened, affects=affects, sentences=sentences)


def alert(*items: AlertItem, **more: Any) -> Alert:
    defaults: dict[str, Any] = {
        "id": "a1b2c3d4",
        "created_at": AT,
        "severity": Severity.NOTICE,
        "publisher": "BC PNP",
        "guide": "it-workers",
        "channels": ("editors",),
    }
    return Alert(items=items, **(defaults | more))


def fee_alert(**more: Any) -> Alert:
    """A fee that changed, and the assumption it contradicts."""
    return alert(item(fee_change(), affect(), C44="The BC PNP application fee is $1,475."), **more)


def busy_alert() -> Alert:
    """Several events of one check, as one message."""
    draw_event = event("draw.new", None, draw(), id="d2", publisher="IRCC", occurred_on=date(2026, 5, 28))
    before = "You may be asked to come to an interview at our office in Toronto before we decide on your application."
    after = "You must come to an interview at our office in Toronto before we decide on your application."
    rule_event = event("rule.changed", rule(before), rule(after), id="r3", changed=("text",))
    holding = affect("C36", verdict=VerdictKind.HOLDS, reason="A new draw in the watched list.", event="d2")
    return alert(
        item(draw_event, holding, C36="Cut-offs in general rounds stay above 500."),
        item(fee_change(), affect(), C44="The BC PNP application fee is $1,475."),
        item(rule_event),
        severity=Severity.URGENT,
    )


def first_sight_alert() -> Alert:
    """A source read for the first time that contradicts a guide."""
    wrong = affect(reason="Expected 1,475; found 1,750 in “The application fee is $1,750.”", event="")
    return alert(item(None, wrong, C44="The BC PNP application fee is $1,475."))


def incident_alert() -> Alert:
    """A source that cannot be read."""
    failing = event(
        "source.blocked",
        {"last_good_read": "2026-05-28T17:05:00Z"},
        {"code": "challenge", "message": "The page is a captcha.", "since": "2026-05-28T18:05:00Z"},
        subject="BC PNP invitations to apply",
    )
    return alert(item(failing), guide=None)


def crowded_alert(count: int, length: int) -> Alert:
    """Many rules of about ``length`` characters, each touching an assumption."""
    words = "word & <b> *x* " * (length // 15)
    hurt = [
        item(
            event(
                "rule.changed",
                rule(words),
                rule(words + "more"),
                id=f"r{n}",
                evidence=Evidence(url="https://x.test/" + "p" * 400),
            ),
            affect(f"C{n}", reason=words),
            **{f"C{n}": words},
        )
        for n in range(count)
    ]
    return alert(*hurt)


def digest_alert() -> Alert:
    """Three alerts of two publishers and our own words, combined as at a digest's slot."""
    fee_news = fee_alert(id="a1")
    draws = alert(
        item(event("draw.new", None, draw(), id="d2", publisher="IRCC", occurred_on=date(2026, 5, 28))),
        item(fee_change(), affect("G7", guide="families"), G7="Bring 1,475 dollars for the application."),
        id="a2",
        publisher="IRCC",
        guide="families",
    )
    (unread,) = incident_alert().items
    assert unread.event is not None
    blocked = alert(replace(unread, event=replace(unread.event, id="s9")), id="a3", guide=None)
    trouble = alert(
        id="a4",
        publisher="stilltrue",
        guide=None,
        severity=Severity.URGENT,
        purpose=Purpose.TROUBLE,
        headline="messages to ops cannot be delivered",
        lines=("When the channel works again: stilltrue alerts retry",),
    )
    return combine([fee_news, draws, blocked, trouble], name="digest-0123abcd", lines=("Digest of 4 messages.",))


def quiet_alert() -> Alert:
    """A report that all is well but for one page."""
    return alert(
        publisher="stilltrue",
        guide=None,
        severity=Severity.INFO,
        purpose=Purpose.ALL_QUIET,
        headline="all quiet but for 1 page: 214 reads, nothing changed since 12 May 2026",
        lines=(
            "214 reads of 9 pages since 21 May 2026, 211 of them well.",
            "bcpnp-fees: blocked; last read well 20 May 2026.",
        ),
    )
