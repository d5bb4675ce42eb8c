"""Decides which channels hear of what: by guide, publisher, kind, owner and severity. Pure."""

from collections.abc import Mapping, Sequence

from monitor.model import SEVERITY_RANK, Affect, AlertItem, Channel, Severity

Owners = Mapping[tuple[str, str], str | None]
"""Who answers for an assumption, by (guide, assumption)."""


def route(
    items: Sequence[AlertItem],
    *,
    publisher: str,
    severity: Severity,
    channels: Sequence[Channel],
    owners: Owners,
) -> dict[str, tuple[AlertItem, ...]]:
    """The items each channel gets, by channel name; a channel that gets none is left out.

    A channel without filters gets all. Filters narrow together: each one given must match. One on guides or owners
    lets no item pass that touches no assumption it asks for. A first sight (no event) has no kind, so ``kinds`` lets it
    pass: better told than lost. Items pass whole, so that channels with the same share get the same alert.
    """
    routed = {}
    for channel in channels:
        if SEVERITY_RANK[severity] < SEVERITY_RANK[channel.min_severity]:
            continue
        kept = tuple(item for item in items if _wanted(item, channel, publisher, owners))
        if kept:
            routed[channel.name] = kept
    return routed


def _wanted(item: AlertItem, channel: Channel, publisher: str, owners: Owners) -> bool:
    said_by = item.event.publisher if item.event else publisher
    if channel.publishers and said_by.casefold() not in {name.casefold() for name in channel.publishers}:
        return False
    if channel.kinds and item.event is not None and not item.event.kind.startswith(channel.kinds):
        return False
    if not channel.guides and not channel.owners:
        return True
    return any(_asked_for(affect, channel, owners) for affect in item.affects)


def _asked_for(affect: Affect, channel: Channel, owners: Owners) -> bool:
    in_guide = not channel.guides or affect.guide in channel.guides
    return in_guide and (not channel.owners or owners.get((affect.guide, affect.assumption)) in channel.owners)
