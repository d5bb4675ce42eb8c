"""Weeks in seconds: every real change told once, nothing false or late, memory flat, however often it is killed."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import soak


def play(plan: soak.Plan, folder: Path, *, kills: int = 0) -> dict[str, object]:
    """Run a soak to its end in processes of their own, killing the first ``kills`` of them at any moment."""
    dice = soak.seeded(plan.seed)
    shape = ["--seed", str(plan.seed), "--sources", str(plan.sources), "--days", str(plan.days)]
    command = [sys.executable, str(Path(soak.__file__)), str(folder), *shape]
    for _ in range(kills):
        process = subprocess.Popen(command)
        wait_for_work(folder, process)
        time.sleep(dice.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True)
    result: dict[str, object] = json.loads((folder / "result.json").read_text())
    return result


def wait_for_work(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Until this process has recorded something."""
    clock = folder / "clock"
    before = clock.read_text() if clock.exists() else ""
    while process.poll() is None and (clock.read_text() if clock.exists() else "") == before:
        time.sleep(0.01)


def assert_all_told_once(plan: soak.Plan, folder: Path) -> None:
    told = soak.told(folder)
    assert {what for what, _ in told} == soak.expected(plan)
    first_hand = Counter(what for what, again in told if not again)
    assert [what for what, count in first_hand.items() if count > 1] == []


def test_days_of_bad_manners_tells_every_change_once(tmp_path: Path):
    plan = soak.Plan(seed=4, sources=6, days=4.5)
    result = play(plan, tmp_path, kills=1)
    assert len(soak.expected(plan)) >= 4
    assert_all_told_once(plan, tmp_path)
    assert float(str(result["latest"])) <= soak.STEP.total_seconds()


@pytest.mark.slow
def test_a_month_of_three_hundred_sources_tells_every_change_once_in_flat_memory(tmp_path: Path):
    plan = soak.Plan(seed=1, sources=300, days=30)
    result = play(plan, tmp_path)
    assert_all_told_once(plan, tmp_path)
    assert float(str(result["latest"])) <= soak.STEP.total_seconds()
    memory = {int(day): size for day, size in dict(result["memory"]).items()}  # type: ignore[call-overload]
    assert memory[29] <= memory[5] * 1.05


@pytest.mark.slow
def test_killed_fifty_times_every_change_is_told(tmp_path: Path):
    plan = soak.Plan(seed=5, sources=40, days=20)
    play(plan, tmp_path, kills=50)
    assert_all_told_once(plan, tmp_path)
