"""``python -m evaluation``: run every case, print the figures, fail below the figure reached."""

import argparse
import sys
import time
import tomllib
from collections import Counter

from evaluation.cases import Case, load_cases
from evaluation.editions import HERE
from evaluation.following import declared_sources, follow
from evaluation.scoring import CONTENT, Miss, Score, kinds_of, publishers_of, share, wilson
from evaluation.together import Together, follow_together, load_together, publisher_of
from monitor.model import Event

SHOWN = 40


def measure(cases: list[Case], together: list[Together] | None = None) -> Score:
    """The score of these cases."""
    score = Score()
    for one in together or ():
        score.add(one.case, publisher_of(one), follow_together(one))
    for case in cases:
        score.add(case, declared_sources()[case.edition.source].publisher, follow(case).events())
    return score


def failures(score: Score) -> list[str]:
    """What is below the figure reached, one line each; empty when nothing is."""
    figures = tomllib.loads((HERE / "figures.toml").read_text(encoding="utf-8"))
    below = []
    recall, precision = score.recall(CONTENT), score.precision(CONTENT)
    if recall < figures["recall"]:
        below.append(f"recall {recall:.4f} is below {figures['recall']}")
    if precision < figures["precision"]:
        below.append(f"precision {precision:.4f} is below {figures['precision']}")
    if score.disturbed > figures["disturbed"]:
        below.append(f"{score.disturbed} inputs that say nothing new raised events, {figures['disturbed']} are known")
    for kind, missed in figures["missed"].items():
        count = sum(number for name, number in score.missed.items() if name.startswith(f"{kind}."))
        if count > missed:
            below.append(f"{count} {kind} events were missed, {missed} are known")
    return below


def table(score: Score) -> list[str]:
    """The figures by kind and by publisher, and in all."""
    lines = [f"{'':32}{'expected':>9}{'found':>7}{'false':>7}   {'recall (95 %)':26}precision (95 %)"]
    for name in (*kinds_of(score), *publishers_of(score), CONTENT, "total"):
        found, missed, false = score.found[name], score.missed[name], score.false[name]
        recall, precision = _percent(found, found + missed), _percent(found, found + false)
        lines.append(
            f"{name.removeprefix('publisher '):32}{found + missed:9}{found:7}{false:7}   {recall:26}{precision}"
        )
    return lines


def _percent(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{share(part, whole):7.2%} ({low:.1%} - {high:.1%})" if whole else "      -"


def confusions(score: Score, limit: int) -> list[str]:
    """What came instead of what was expected: how often, then each one."""
    pairs = Counter(
        (miss.expected.kind if miss.expected else "nothing", miss.found.kind if miss.found else "nothing")
        for miss in score.misses
    )
    lines = [f"{count:4} x expected {due}, came {came}" for (due, came), count in pairs.most_common()]
    return [*lines, *(_told(miss) for miss in score.misses[:limit])]


def _told(miss: Miss) -> str:
    due = (
        f"{miss.expected.kind} {miss.expected.about!r} {dict(miss.expected.old)} > {dict(miss.expected.new)}"
        if miss.expected
        else "nothing"
    )
    return f"  {miss.case}\n    expected {due}\n    came     {_event(miss.found)}"


def _event(event: Event | None) -> str:
    if event is None:
        return "nothing"
    old = {
        name: value for name, value in (event.old or {}).items() if event.new is None or event.new.get(name) != value
    }
    new = {
        name: value for name, value in (event.new or {}).items() if event.old is None or event.old.get(name) != value
    }
    return f"{event.kind} ({event.state}) {event.subject!r} {old} > {new}"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 1 when it is below the figure reached."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("words", nargs="*", help="only cases whose name holds one of these")
    parser.add_argument("--all", action="store_true", help="list every confusion")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    cases = [case for case in load_cases() if not options.words or any(word in case.name for word in options.words)]
    together = [
        one for one in load_together() if not options.words or any(word in one.case.name for word in options.words)
    ]
    score = measure(cases, together)
    write = sys.stdout.write
    write("\n".join([*table(score), "", *confusions(score, len(score.misses) if options.all else SHOWN), ""]))
    quiet = f"{score.quiet} of them inputs that must yield nothing, {score.disturbed} of which did not"
    write(f"\n{len(cases) + len(together)} cases, {quiet}; {time.monotonic() - started:.1f} s\n")
    if options.words:
        return 0
    below = failures(score)
    write("".join(f"BELOW THE FIGURE REACHED: {line}\n" for line in below))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
