"""The command as a process of its own: a cold start, and a folder of photos on one and two threads."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rounds import Failed, table

# About as long as a few photos; only its ratio counts.
CONTROL_LOOPS = 160_000_000
# A control that gains less says that there are no two free cores to be measured on.
LEAST_GAIN = 1.7


@dataclass(frozen=True)
class Ended:
    """How a process ended, or several that ran at the same time. Seconds, and bytes of memory at the peak."""

    wall: float
    user: float
    system: float
    memory: int


def run(*commands: Sequence[str | Path]) -> Ended:
    """Runs them all at the same time. The driver imports nothing large: a child's peak begins at its parent's."""
    start, user, system, memory = time.perf_counter(), 0.0, 0.0, 0
    children = [subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL) for command in commands]
    for child in children:
        _, status, used = os.wait4(child.pid, 0)
        # So that it is not waited for again.
        child.returncode = os.waitstatus_to_exitcode(status)
        # 1 says that photos are not compliant.
        if child.returncode not in (0, 1):
            raise Failed(f"exit code {child.returncode}")
        user, system, memory = user + used.ru_utime, system + used.ru_stime, max(memory, used.ru_maxrss << 10)
    return Ended(time.perf_counter() - start, user, system, memory)


class Cold:
    """A task like a contender's: one run from start to exit."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.command = command

    def pin(self, _cores: set[int]) -> None:
        """It takes the cores that there are."""

    def ask(self, *_words: str | Path) -> dict[str, Any]:
        ended = run(self.command)
        return {"wall": ended.wall * 1e9, "cpu": (ended.user + ended.system) * 1e9}


def folder_of_links(photo: Path, folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        link = folder / f"{number:03}.jpg"
        link.unlink(missing_ok=True)
        link.hardlink_to(photo)
    return folder


def batch(command: Path, folder: Path, photos: int, repetitions: int) -> list[str]:
    """One and two threads, each with a control beside it that does nothing but compute."""
    ours: dict[int, list[Ended]] = {1: [], 2: []}
    control: dict[int, list[Ended]] = {1: [], 2: []}
    for _ in range(repetitions):
        for threads in (1, 2):
            ours[threads].append(run([command, "check", "--jobs", str(threads), folder]))
            loop = f"for _ in range({CONTROL_LOOPS // threads}): pass"
            control[threads].append(run(*[[sys.executable, "-c", loop]] * threads))
    rows = []
    for threads, ended in ours.items():
        user, system = (statistics.median(getattr(one, name) for one in ended) for name in ("user", "system"))
        wall, memory = statistics.median(one.wall for one in ended), max(one.memory for one in ended)
        rows.append([str(threads), f"{wall:.1f}", f"{user:.1f}", f"{system:.1f}", f"{system / user:.3f}", f"{memory / 1e6:.0f}"])
    return [
        "## Batch",
        "",
        f"`face-precheck check` on {photos} photos of 12 MP, medians of {repetitions}, the largest peak of memory.",
        "",
        *table(["threads", "wall s", "user s", "system s", "system / user", "memory, MB"], rows),
        "",
        _gains(ours, control),
    ]


def _gains(ours: dict[int, list[Ended]], control: dict[int, list[Ended]]) -> str:
    own, possible = _gain(ours), _gain(control)
    told = f"From 1 to 2 threads: {own:.2f} times as fast; a pure-CPU control of 2 processes: {possible:.2f}."
    if possible < LEAST_GAIN:
        return f"{told} Not measurable: the control gains less than {LEAST_GAIN}."
    return f"{told} That is {own / possible:.2f} of what was to be had."


def _gain(ended: dict[int, list[Ended]]) -> float:
    return statistics.median(one.wall / two.wall for one, two in zip(ended[1], ended[2], strict=True))
