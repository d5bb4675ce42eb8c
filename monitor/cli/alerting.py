"""What was told, to whom and with what outcome: alerts, alerts retry, alerts test."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, Call, command, default_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.model import Delivery


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group = typer.Typer(rich_markup_mode=None, help="What was told, to whom, when, with what outcome.")
    default_command(group)(alerts)
    command(group, "retry", examples=["alerts retry", "alerts retry 12 13"])(retry)
    command(group, "test", examples=["alerts test editors"])(test)
    app.add_typer(group, name="alerts")


def alerts(
    call: Call,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="pending, sending, sent, retrying, dead or held.")
    ] = None,
) -> int:
    """What was told, to whom, when, with what outcome; newest first."""
    from monitor.errors import UsageError
    from monitor.model import DeliveryState

    if state is not None and state not in set(DeliveryState):
        raise UsageError(f"There is no delivery state {state!r}; states are {', '.join(DeliveryState)}.")
    with call.app.store() as store:
        found = store.deliveries(state=state)
    _print(call, found, empty="No alert was made yet." if state is None else f"No delivery is {state}.")
    return DONE


def _print(call: Call, found: "Sequence[Delivery]", *, empty: str) -> None:
    from monitor.shapes import delivery_shape

    if call.as_json:
        output.print_json([delivery_shape(item) for item in found])
        return
    columns = ("Id", "Alert", "Channel", "State", "Attempts", "Sent", "Next attempt", "Last error")
    rows = [
        (item.id, item.alert, item.channel, item.state, item.attempts, item.sent_at, item.next_attempt, item.last_error)
        for item in found
    ]
    output.print_table(columns, rows, empty=empty)


def retry(
    call: Call,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Default: all dead or held.")] = None,
) -> int:
    """Send dead or held deliveries again."""
    from monitor.rounds import deliver_now

    channels = call.app.notifiers()
    with call.app.store() as store:
        again = {item.id for item in store.retry(ids or [], call.app.clock())}
        deliver_now(call.app, store, channels)
        found = [item for item in store.deliveries() if item.id in again]
    _print(call, found, empty="There was nothing to retry.")
    return ATTENTION if any(item.state != "sent" for item in found) else DONE


def test(call: Call, channel: Annotated[str, typer.Argument(help="A channel's name.")]) -> int:
    """Send a sample to one channel and say what came of it."""
    from monitor.errors import DeliveryError, UsageError
    from monitor.rounds import sample_alert

    channels = call.app.notifiers()
    if channel not in channels:
        known = ", ".join(channels) or "none"
        raise UsageError(f"There is no channel {channel!r} in {call.app.config.path}; declared: {known}.")
    alert, delivery = sample_alert(channel, call.app.clock())
    try:
        channels[channel].send(alert, delivery=delivery)
    except DeliveryError as error:
        _say(call, channel, sent=False, answer=str(error))
        return ATTENTION
    _say(call, channel, sent=True, answer="accepted")
    return DONE


def _say(call: Call, channel: str, *, sent: bool, answer: str) -> None:
    if call.as_json:
        output.print_json({"channel": channel, "sent": sent, "answer": answer})
    else:
        output.line(f"{channel}: {'sent' if sent else 'NOT sent'}; {answer}")
