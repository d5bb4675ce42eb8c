"""What was told, to whom and with what outcome: alerts and its subcommands, canary."""

from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, Call, command, default_command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.canary import Flight
    from monitor.model import Delivery, Snooze

ACKNOWLEDGED, SNOOZED = "acknowledged", "snoozed"
"""What a held delivery may also be asked for by: why it is held."""
ByOption = Annotated[str | None, typer.Option(metavar="NAME", help="Who says so. Default: your user name.")]
NoteOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group = typer.Typer(rich_markup_mode=None, help="What was told, to whom, when, with what outcome.")
    default_command(group)(alerts)
    command(group, "retry", examples=["alerts retry", "alerts retry 12 13"])(retry)
    command(group, "test", examples=["alerts test editors"])(test)
    command(group, "ack", examples=["alerts ack 12", "alerts ack 3f2a --note 'on it'"])(ack)
    examples = ["alerts snooze", "alerts snooze --source ircc-fees --until 2w"]
    command(group, "snooze", examples=[*examples, "alerts snooze --assumption it-workers/C35 --until 7d"])(snooze)
    app.add_typer(group, name="alerts")
    command(app, "canary", examples=["canary", "canary editors"])(canary)


def alerts(
    call: Call,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE",
            help="pending, sending, sent, retrying, dead or held; of those held: acknowledged, snoozed.",
        ),
    ] = None,
) -> int:
    """What was told, to whom, when, with what outcome; newest first."""
    from monitor.errors import UsageError
    from monitor.model import DeliveryState

    known = (*DeliveryState, ACKNOWLEDGED, SNOOZED)
    if state is not None and state not in known:
        raise UsageError(f"There is no delivery state {state!r}; states are {', '.join(known)}.")
    with call.app.store() as store:
        if state in {ACKNOWLEDGED, SNOOZED}:
            held = store.deliveries(state=DeliveryState.HELD)
            found = [item for item in held if (item.last_error or "").startswith(state)]
        else:
            found = store.deliveries(state=state)
    _print(call, found, empty="No alert was made yet." if state is None else f"No delivery is {state}.")
    return DONE


def _print(call: Call, found: "Sequence[Delivery]", *, empty: str) -> None:
    from monitor.shapes import delivery_shape

    if call.as_json:
        output.print_json([delivery_shape(item) for item in found])
        return
    columns = ("Id", "Alert", "Channel", "State", "Attempts", "Sent", "Next attempt", "Why", "Together")
    rows = [
        (
            *(item.id, item.alert, item.channel, item.state, item.attempts),
            *(item.sent_at, item.next_attempt, item.last_error, item.bundle),
        )
        for item in found
    ]
    output.print_table(columns, rows, empty=empty)


def retry(
    call: Call,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Default: all dead or held.")] = None,
) -> int:
    """Send dead or held deliveries again."""
    from monitor.errors import UsageError
    from monitor.rounds import deliver_now

    with call.app.store() as store:
        known = {item.id for item in store.deliveries()} if ids else set()
        if unknown := [str(one) for one in ids or () if one not in known]:
            raise UsageError(f"There is no delivery {', '.join(unknown)}; `stilltrue alerts` lists them.")
        channels = call.channels()
        again = {item.id for item in store.retry(ids or [], call.app.clock())}
        deliver_now(call.app, store, channels)
        found = [item for item in store.deliveries() if item.id in again]
    _print(call, found, empty="There was nothing to retry.")
    return ATTENTION if any(item.state != "sent" for item in found) else DONE


def test(call: Call, channel: Annotated[str, typer.Argument(help="A channel's name.")]) -> int:
    """Send a sample to one channel and say what came of it."""
    from monitor.errors import DeliveryError
    from monitor.model import DeliveryState
    from monitor.rounds import sample_alert

    channel = call.app.get_channel(channel).name
    channels = call.channels()
    alert, delivery = sample_alert(channel, call.app.clock())
    try:
        channels[channel].send(alert, delivery=delivery)
    except DeliveryError as error:
        _say(call, replace(delivery, state=DeliveryState.DEAD, attempts=1, last_error=str(error)))
        return ATTENTION
    _say(call, replace(delivery, state=DeliveryState.SENT, attempts=1, sent_at=call.app.clock()))
    return DONE


def _say(call: Call, delivery: "Delivery") -> None:
    from monitor.shapes import delivery_shape

    if call.as_json:
        output.print_json([delivery_shape(delivery)])
    else:
        said = "sent; accepted" if delivery.last_error is None else f"NOT sent; {delivery.last_error}"
        output.line(f"{delivery.channel}: {said}")


def ack(
    call: Call,
    alert: Annotated[str, typer.Argument(metavar="ID", help="A delivery's number, or how an alert's id begins.")],
    note: NoteOption = None,
    by: ByOption = None,
) -> int:
    """Say that somebody knows: what of the alert is unsent is held, and nobody is reminded of it."""
    with call.app.store() as store:
        found = store.acknowledge(alert, call.app.clock(), by=by or _user(), note=note)
    _print(call, found, empty="Acknowledged; it had been sent nowhere.")
    return DONE


def snooze(
    call: Call,
    source: Annotated[str | None, typer.Option(metavar="ID", help="Tell nobody of this source.")] = None,
    assumption: Annotated[
        str | None, typer.Option(metavar="[GUIDE/]ID", help="Tell nobody of what touches only this assumption.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="A date, a time, or how long: 7d. `now` ends it.")
    ] = None,
    note: NoteOption = None,
    by: ByOption = None,
) -> int:
    """Tell nobody until then; what comes up meanwhile is recorded, and told when it ends. Alone: what is snoozed."""
    from monitor.errors import UsageError
    from monitor.model import Snooze

    now = call.app.clock()
    if source is None and assumption is None and until is None:
        with call.app.store() as store:
            _print_snoozes(call, store.snoozes(now))
        return DONE
    if (source is None) == (assumption is None) or until is None:
        raise UsageError("Name one of --source and --assumption, and --until; alone it lists what is snoozed.")
    guide, touched = call.app.get_assumption(assumption) if assumption else (None, None)
    wanted = Snooze(
        id=0,
        until=_until(until, now),
        created_at=now,
        source=call.app.get_source(source).id if source else None,
        guide=guide.id if guide else None,
        assumption=touched.id if touched else None,
        by=by or _user(),
        note=note,
    )
    with call.app.store() as store:
        made = store.snooze(wanted)
    _print_snoozes(call, [made])
    return DONE


def _until(text: str, now: "datetime") -> "datetime":
    from monitor.config.scalars import parse_duration
    from monitor.errors import UsageError
    from monitor.moments import parse_moment

    try:
        return now + parse_duration(text)
    except OverflowError:
        raise UsageError(f"{text!r} is beyond any calendar; write a time to come, or how long: 7d.") from None
    except ValueError:
        until = parse_moment(text, now)
    if until < now:
        raise UsageError(f"{text!r} is past; write a time to come, or how long: 7d.")
    return until


def _user() -> str | None:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


def _print_snoozes(call: Call, found: "Sequence[Snooze]") -> None:
    from monitor.shapes import snooze_shape

    if call.as_json:
        output.print_json([snooze_shape(item) for item in found])
        return
    rows = [(item.source or f"{item.guide}/{item.assumption}", item.until, item.by, item.note) for item in found]
    output.print_table(("Snoozed", "Until", "By", "Note"), rows, empty="Nothing is snoozed.")


def canary(
    call: Call, channel: Annotated[str | None, typer.Argument(help="A channel's name. Default: the first.")] = None
) -> int:
    """Plant a change on a test page and follow it to a channel; raise the alarm on another if it does not arrive.

    It works in a throw-away database: nothing of it enters your history.
    """
    from monitor.canary import run_canary

    name = call.app.get_channel(channel).name
    flight = run_canary(call.app, call.channels(), name)
    _print_flight(call, flight)
    return DONE if flight.arrived else ATTENTION


def _print_flight(call: Call, flight: "Flight") -> None:
    if call.as_json:
        steps = [{"step": step.name, "passed": step.passed, "found": step.found} for step in flight.steps]
        shape = {"channel": flight.channel, "arrived": flight.arrived, "alarmed": list(flight.alarmed), "steps": steps}
        output.print_json(shape)
        return
    rows = [("ok" if step.passed else "FAILED", step.name, step.found) for step in flight.steps]
    output.print_table(("", "Step", "Found"), rows, empty="")
    if flight.arrived:
        output.note(f"The canary arrived on {flight.channel}.")
        return
    told = f"the alarm went to {', '.join(flight.alarmed)}" if flight.alarmed else "NO other channel took the alarm"
    output.note(f"The canary did not arrive on {flight.channel}; {told}.")
