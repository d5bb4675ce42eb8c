"""Weeks in minutes: every real change told once, nothing false or late, memory flat, whatever befalls the machine."""

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import soak


def play(plan: soak.Plan, folder: Path) -> dict[str, Any]:
    """Run a soak to its end in as many processes as it takes: killed ones are started again."""
    shape = ["--seed", str(plan.seed), "--sources", str(plan.sources), "--days", str(plan.days)]
    shape += ["--kills", str(plan.kills)]
    shape += [] if plan.killed_until is None else ["--killed-until", str(plan.killed_until)]
    command, code = [sys.executable, soak.__file__, str(folder), *shape], -signal.SIGKILL
    for killed in range(plan.kills + 1):
        code = subprocess.run([*command, "--killed", str(killed)], check=False).returncode
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    sys.stderr.write(f"{json.dumps(result)}\n")
    return result


def assert_all_told_once(plan: soak.Plan, folder: Path) -> None:
    told = soak.told(folder)
    assert {what for what, _ in told} == soak.expected(plan)
    first_hand = Counter(what for what, again in told if not again)
    assert [what for what, count in first_hand.items() if count > 1] == []


def assert_none_late(folder: Path) -> None:
    assert soak.noted(folder, "late") == []


def assert_full(folder: Path, *, times: int) -> None:
    """The disk was full at least so often; whoever asks for all that was told knows that nothing was lost by it."""
    full = soak.noted(folder, "full")
    assert len(full) >= times
    assert all("could not grow" in error for _, error in full)


def test_days_of_bad_manners_tell_every_change_once(tmp_path: Path):
    plan = soak.Plan(seed=33, sources=6, days=5, kills=1)
    assert {"kill", "sleep", "full"} == {one.what for one in plan.breaks(soak.START, 0)}
    play(plan, tmp_path)
    assert len(soak.expected(plan)) >= 4
    assert_all_told_once(plan, tmp_path)
    assert_none_late(tmp_path)
    assert_full(tmp_path, times=1)


@pytest.mark.slow
def test_a_month_of_three_hundred_sources_tells_every_change_once_in_flat_memory(tmp_path: Path):
    plan = soak.Plan(seed=1, sources=300, days=30, kills=12, killed_until=3.5)
    result = play(plan, tmp_path)
    assert_all_told_once(plan, tmp_path)
    assert_none_late(tmp_path)
    assert_full(tmp_path, times=3)
    memory = {int(day): size for day, size in result["memory"].items()}
    assert memory[29] <= memory[5] * 1.05


@pytest.mark.slow
def test_killed_fifty_times_every_change_is_told(tmp_path: Path):
    plan = soak.Plan(seed=5, sources=40, days=20, kills=50)
    play(plan, tmp_path)
    assert_all_told_once(plan, tmp_path)
