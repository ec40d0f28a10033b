"""Contenders as processes, asked in rounds that interleave them, and what comes of it.

A machine that is busy, or changes its clock, does so for all contenders of a round alike: ratios are taken within rounds.
"""

from __future__ import annotations

import json
import os
import random
import select
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

SEED = 6
WARM_UP = 3
# Seconds. The longest answer, an ideal reduction, takes some ten.
PATIENCE = 300
# Peers that look at one of these use one thread; each is told by its own interface as well where it has one.
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VIPS_CONCURRENCY", "RAYON_NUM_THREADS")
}  # fmt: skip


class Failed(Exception):
    """A contender cannot go on; says why."""


class Asked(Protocol):
    """Whoever answers a task: a contender, or a command that is started anew each time."""

    def ask(self, *words: str | Path) -> dict[str, Any]: ...

    def pin(self, cores: set[int]) -> None: ...


class Contender:
    """A process that answers lines."""

    def __init__(self, name: str, command: Iterable[str | Path], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **ONE_THREAD},
            )

    def ask(self, *words: str | Path) -> dict[str, Any]:
        """The answer, with the processor's time of the whole process for it under `cpu`, in nanoseconds."""
        assert self.process.stdin and self.process.stdout
        try:
            before = self._cpu()
            print(*words, sep="\t", file=self.process.stdin, flush=True)
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                self.process.kill()
            line = self.process.stdout.readline()
            answer: dict[str, Any] = json.loads(line) | {"cpu": self._cpu() - before}
        except (OSError, json.JSONDecodeError) as error:
            raise Failed(f"no answer: {self._last_words() or error}") from error
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def pin(self, cores: set[int]) -> None:
        """To cores, with all the threads that it has by now."""
        try:
            for thread in os.listdir(f"/proc/{self.process.pid}/task"):
                os.sched_setaffinity(int(thread), cores)
        except OSError:
            # The process, or one of its threads, has just ended. `ask` will tell.
            return

    def stop(self) -> None:
        assert self.process.stdin and self.process.stdout
        # What was asked of one that has died stays unread.
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def _cpu(self) -> int:
        """Linux's clock of another process: the same for a peer in Python and for ours, with threads that have ended."""
        return time.clock_gettime_ns((~self.process.pid << 3) | 2)

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


@dataclass(frozen=True)
class Task:
    """What one contender does in each round."""

    label: str
    contender: Asked
    words: tuple[str | Path, ...]


@dataclass
class Results:
    """By label, one entry for each round that counts."""

    cpu: dict[str, list[float]] = field(default_factory=dict)
    """In milliseconds, like `wall`."""
    wall: dict[str, list[float]] = field(default_factory=dict)
    last: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Each task's last answer."""
    missing: dict[str, str] = field(default_factory=dict)
    """Tasks that failed, and why."""

    def drop(self, label: str, reason: str) -> None:
        self.missing[label] = reason
        for kept in (self.cpu, self.wall, self.last):
            kept.pop(label, None)


def interleaved(tasks: list[Task], rounds: int, *, one_core: bool = True) -> Results:
    """Runs every task once a round, in an order that is shuffled anew for each, the warm-up rounds not counted.

    With `one_core` all contenders of a round share one core, and the rounds take turns on the cores there are.
    """
    order, cores = random.Random(SEED), sorted(os.sched_getaffinity(0))
    results = Results(cpu={task.label: [] for task in tasks}, wall={task.label: [] for task in tasks})
    for number in range(WARM_UP + rounds):
        shuffled = order.sample(tasks, len(tasks))
        for task in shuffled:
            if task.label in results.missing:
                continue
            task.contender.pin({cores[number % len(cores)]} if one_core else set(cores))
            try:
                answer = task.contender.ask(*task.words)
            except Failed as failed:
                results.drop(task.label, str(failed))
                continue
            results.last[task.label] = answer
            if number >= WARM_UP:
                results.cpu[task.label].append(answer["cpu"] / 1e6)
                results.wall[task.label].append(answer["wall"] / 1e6)
    return results


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def start(name: str, command: Iterable[str | Path], log: Path, *, core: int | None = None) -> Contender:
    """Begins on one core, so that whoever counts cores to size a pool of threads counts one."""
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, allowed if core is None else {core})
        return Contender(name, command, log)
    finally:
        os.sched_setaffinity(0, allowed)


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def costs(results: Results) -> list[str]:
    """A table with a row for each task."""
    rows = [[label, _milliseconds(results.cpu[label]), _milliseconds(results.wall[label])] for label in results.cpu]
    return table(["", "CPU ms", "wall ms"], rows) + _missing(results)


def ratios(results: Results, ours: str, more: tuple[str, Callable[[str], str]] | None = None) -> list[str]:
    """The same with ours over each. `more` is a further column: its head, and its cell for a label."""
    head = ["", "CPU ms", "wall ms", "ours / this, CPU", "wall", "of minima, CPU"] + ([more[0]] if more else [])
    rows = []
    for label, cpu in results.cpu.items():
        wall, over = results.wall[label], ["", "", ""]
        if ours in results.cpu:
            own = results.cpu[ours]
            of = [median_ratio(own, cpu), median_ratio(results.wall[ours], wall), min(own) / min(cpu)]
            over = [f"{ratio:.2f}" for ratio in of]
        rows.append([label, _milliseconds(cpu), _milliseconds(wall), *over] + ([more[1](label)] if more else []))
    return table(head, rows) + _missing(results)


def _milliseconds(rounds: list[float]) -> str:
    return f"{statistics.median(rounds):.2f}"


def _missing(results: Results) -> list[str]:
    lines = [f"- missing: {label}: {reason}" for label, reason in results.missing.items()]
    return ["", *lines] if lines else []
