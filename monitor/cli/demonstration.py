"""How the demo is shown: each read in a line, the alerts it led to, and the board at the end."""

from typing import TYPE_CHECKING

from monitor.cli import output
from monitor.cli.commands import DONE, Call

if TYPE_CHECKING:
    from monitor.demo import Outcome


def show(call: Call) -> int:
    """Play the demo and print what came of it."""
    from monitor.demo import play
    from monitor.shapes import event_shape, verdict_shape

    if not call.as_json:
        output.note("Replaying two years of made-up official pages through the real pipeline ...")
    outcome = play()
    if call.as_json:
        events = [event_shape(item.event, item.affects) for item in reversed(outcome.events)]
        output.print_json({"events": events, "board": [verdict_shape(item) for item in outcome.board]})
        return DONE
    _print_story(outcome)
    output.line("\nThe board: what still holds of the guide\n")
    output.print_board(outcome.board)
    return DONE


def _print_story(outcome: "Outcome") -> None:
    from notifiers.message import render

    for step, check, alerts in outcome.told:
        output.line(f"{step.at:%Y-%m-%d %H:%M}  {step.source:<20} {check.outcome:<14} {step.what}")
        for alert in alerts:
            subject, *body = render(alert).plain.splitlines()
            output.line(f"\n    ALERT  {subject}")
            output.line("\n".join(f"    {line}".rstrip() for line in body) + "\n")
