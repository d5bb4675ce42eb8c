"""Arranges what is due for a channel before it is sent: put off, combined into one message, or left to go alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from monitor.model import Channel, DeliveryState, Severity, Snooze, digest, stamp
from monitor.opening import open_at, snoozed_until
from monitor.ports import Outbox, PutOff

MOST_PER_HOUR = 20
"""Messages a channel takes in any hour before the rest is folded, unless it says otherwise."""
DIGEST, WAITED, FLOOD = "digest", "waited", "flood"
_HOUR = timedelta(hours=1)
_PAGE = 500
PROGRAMS = frozenset({"console", "journal", "json", "jsons", "xml", "xmls", "form", "forms"})
"""Schemes of addresses that programs read, which no flood annoys: they have no limit unless they name one."""


class _Ready(Struct, frozen=True, kw_only=True):
    """A delivery that may go out now; ``waited`` when it was put off before."""

    id: int
    alert: str
    urgent: bool
    waited: bool


def arrange_channel(outbox: Outbox, channel: Channel, now: datetime, snoozes: Sequence[Snooze]) -> None:
    """Put off what may not go out on this channel now, and bundle what goes out as one message.

    What has waited goes out together: for a digest, the end of quiet hours or of a snooze. When more than the
    channel takes in an hour is at hand, what is over goes out as one; in an hour that is full already, it waits until
    there is room, but what is urgent goes out at once, several as one.
    """
    if not _needs_it(channel, snoozes):
        return
    ready, put_off = _sorted_out(outbox, channel, now, snoozes)
    waited = [one for one in ready if one.waited]
    bundles = {_name(DIGEST if channel.digest != "immediate" else WAITED, channel, waited): waited}
    fresh = [one for one in ready if not one.waited]
    over, late = _over(outbox, channel, fresh, bool(waited), now)
    bundles[_name(FLOOD, channel, over)] = over
    named = {name: [one.id for one in group] for name, group in bundles.items() if len(group) > 1}
    if put_off or late or named:
        outbox.arrange({**put_off, **late}, named)


def hourly_limit(channel: Channel) -> int:
    """How many messages a channel takes in any hour; 0 for no limit."""
    if channel.max_per_hour is not None:
        return channel.max_per_hour
    return 0 if channel.url.partition("://")[0].lower() in PROGRAMS else MOST_PER_HOUR


def _needs_it(channel: Channel, snoozes: Sequence[Snooze]) -> bool:
    return bool(snoozes or channel.digest != "immediate" or channel.quiet_hours or hourly_limit(channel))


def _sorted_out(
    outbox: Outbox, channel: Channel, now: datetime, snoozes: Sequence[Snooze]
) -> tuple[list[_Ready], dict[int, PutOff]]:
    ready: list[_Ready] = []
    put_off: dict[int, PutOff] = {}
    after = 0
    while page := outbox.waiting(now, channel.name, after=after, limit=_PAGE):
        for delivery, alert in page:
            asleep = snoozed_until(alert, snoozes)
            opens = open_at(alert, channel, now)
            if asleep is not None:
                reason = f"snoozed until {stamp(asleep)}"
                put_off[delivery.id] = PutOff(until=asleep, state=DeliveryState.HELD, reason=reason)
            elif opens > now:
                put_off[delivery.id] = PutOff(until=opens)
            else:
                waited = (
                    delivery.next_attempt is not None or open_at(alert, channel, alert.created_at) > alert.created_at
                )
                urgent = alert.severity is Severity.URGENT
                ready.append(_Ready(id=delivery.id, alert=alert.id, urgent=urgent, waited=waited))
        after = page[-1][0].id
    return ready, put_off


def _over(
    outbox: Outbox, channel: Channel, fresh: Sequence[_Ready], waited: bool, now: datetime
) -> tuple[list[_Ready], dict[int, PutOff]]:
    """What is more than the hour takes: what to fold into one message now, and what has to wait."""
    limit = hourly_limit(channel)
    if not limit or not fresh:
        return [], {}
    sent, first = outbox.messages_since(channel.name, now - _HOUR)
    room = max(limit - sent - waited, 0)
    if len(fresh) <= room:
        return [], {}
    urgent_first = sorted(fresh, key=lambda one: not one.urgent)
    if room:
        return urgent_first[room - 1 :] if len(fresh) == room + 1 else urgent_first[room:], {}
    frees = (first or now) + _HOUR
    reason = f"{limit} messages went out within an hour"
    late = {one.id: PutOff(until=frees, reason=reason) for one in fresh if not one.urgent}
    return [one for one in fresh if one.urgent], late


def _name(why: str, channel: Channel, group: Sequence[_Ready]) -> str:
    return f"{why}-{digest('bundle', channel.name, *(one.alert for one in group))}"
