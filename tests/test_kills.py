"""Killed at any step, everything is told at least once, and twice only where it is marked."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from alerts import AT
from killed import CHANNELS, TAKEN
from msgspec import Struct, field
from receivers import Answer, Webhook

from monitor.model import DeliveryState
from storage.store import open_store

KILLED = -9
HERE = Path(__file__).parent


class Receiver(Webhook):
    """Counts what it took by channel and alert; now and then it is busy, or hangs up after it took something."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.told: Counter[tuple[str, str]] = Counter()
        self.unmarked: Counter[tuple[str, str]] = Counter()

    def answer(self, path: str, body: bytes) -> Answer:
        del path
        mood = self.chance.random()
        if mood < 0.1:
            return Answer(status=503)
        posted = json.loads(body)
        for alert in posted["alerts"]:
            self.told[posted["channel"], alert] += 1
            self.unmarked[posted["channel"], alert] += not posted["repeat"]
        return Answer(act="drop") if mood < 0.2 else Answer()


class Story(Struct):
    """Rounds ten minutes apart, each with a new alert or two."""

    rng: random.Random
    run: Callable[[str], int]
    alerts: list[tuple[str, str, bool]] = field(default_factory=list)
    rounds: int = 0
    kills: int = 0

    def round(self, *, most_steps: int) -> None:
        now = AT + timedelta(minutes=10 * self.rounds)
        for _ in range(self.rng.randint(0, 2) if most_steps else 0):
            self.alerts.append((f"a{len(self.alerts):04}", now.isoformat(), self.rng.random() < 0.2))
        self._run(now.isoformat(), self.rng.randint(1, most_steps) if most_steps else 0)

    def round_killed_once_taken(self) -> None:
        """One more alert, and rounds until a receiver has taken something and the process died before noting it."""
        now = AT + timedelta(minutes=10 * self.rounds)
        self.alerts.append((f"a{len(self.alerts):04}", now.isoformat(), True))
        killed = self.kills
        while self.kills == killed:
            self._run((AT + timedelta(minutes=10 * self.rounds)).isoformat(), TAKEN)

    def _run(self, now: str, burns_at: int) -> None:
        code = self.run(json.dumps({"now": now, "alerts": self.alerts, "burns_at": burns_at}))
        assert code in {0, KILLED}
        self.kills += code == KILLED
        self.rounds += 1


@contextmanager
def worker(database: str, port: int) -> Iterator[Callable[[str], int]]:
    path = os.pathsep.join([str(HERE), str(HERE.parent)])
    command = [sys.executable, str(HERE / "killed.py"), database, str(port)]
    environ = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def run(job: str) -> int:
            print(job, file=process.stdin, flush=True)
            return int(process.stdout.readline())  # type: ignore[union-attr]

        yield run
        process.stdin.close()


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 20), *[pytest.param(seed, 300, marks=pytest.mark.slow) for seed in (2, 3)]]
)
def test_killed_at_any_step_everything_is_told_and_twice_only_where_marked(
    tmp_path: Path, seed: int, kills: int
) -> None:
    database = f"sqlite:///{tmp_path / 'killed.db'}"
    rng = random.Random(seed)  # noqa: S311 - tests
    open_store(database, now=AT).close()
    with Receiver(random.Random(seed)) as receiver, worker(database, receiver.port) as run:  # noqa: S311 - tests
        story = Story(rng, run)
        story.round_killed_once_taken()
        while story.kills < kills:
            story.round(most_steps=150)
        receiver.chance.random = lambda: 1.0  # type: ignore[method-assign]
        for _ in range(12):
            story.round(most_steps=0)
    with open_store(database, now=AT) as store:
        rows = store.deliveries()
    assert {row.state for row in rows} == {DeliveryState.SENT}
    expected = {(channel.name, name) for channel in CHANNELS for name, _, _ in story.alerts}
    assert {(row.channel, row.alert) for row in rows} == expected
    assert set(receiver.told) == expected
    assert max(receiver.unmarked.values()) == 1
    marked = {(row.channel, row.alert) for row in rows if row.maybe_duplicate}
    assert {place for place, count in receiver.told.items() if count > 1} <= marked
    assert any(count > 1 for count in receiver.told.values())
