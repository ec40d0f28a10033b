#!/usr/bin/env python3
"""How much memory the command takes for a folder of photos of 12 MP, and whether more photos take more. See README.md.

Needs nothing but Python 3.11 or later on Linux or macOS, and cargo where no photo is given.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
WORKER = ["cargo", "run", "--quiet", "--release", "--example", "peers-worker"]
# Of the photos that the worker writes: stored upright with nothing to remove, and stored turned, which has to be compressed anew.
UPRIGHT, TURNED = "12MP.jpg", "12MP turned.jpg"
JOBS = 2
# By how much the peak of most photos may differ from that of the fewest.
TOLERANCE = 0.10
REPORT, SHEET, UPLOADS = "report.jsonl", "sheet.html", "uploads"
CHECK, PREPARE = ["check", "--output", REPORT], ["prepare", "--out", UPLOADS, "--output", REPORT]
# What is done with photos of each.
TASKS = {
    UPRIGHT: {"check": CHECK, "check, contact sheet": [*CHECK, "--output", SHEET], "prepare, metadata removed": PREPARE},
    TURNED: {"prepare, compressed anew": PREPARE},
}
# What the kernel counts in: bytes on macOS, kibibytes elsewhere.
UNIT = 1 if sys.platform == "darwin" else 1024


class Failed(Exception):
    """The command did not do what is measured."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    wall: float
    """Seconds."""
    memory: float
    """Bytes resident at the peak."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", type=Path, default=PROJECT / "target/release/face-precheck", metavar="PATH")
    parser.add_argument("--sizes", type=_sizes, default=[50, 500], metavar="N,N", help="numbers of photos [default: 50,500]")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="an upright JPEG in place of the bench's own")
    parser.add_argument("--turned", type=Path, metavar="FILE", help="one that is stored turned; without it --photo is not compressed anew")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="runs of all but the largest folder [default: 3]")
    parser.add_argument("--work", type=Path, default=PROJECT / "target/folders", metavar="DIR", help="for 2 GB of files, which are removed")
    args = parser.parse_args()
    args.command, args.work = args.command.resolve(), args.work.resolve()
    if not args.command.is_file():
        parser.error(f"{args.command} is not there: cargo build --release makes it")
    args.work.mkdir(parents=True, exist_ok=True)
    ended = {}
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        photos = {UPRIGHT: args.photo, TURNED: args.turned} if args.photo else _photos(Path(work))
        for kind, photo in photos.items():
            if photo is None:
                continue
            folders = _folders(photo, Path(work) / "album", args.sizes)
            for task, words in TASKS[kind].items():
                ended[task] = _measured(args, task, words, folders, Path(work))
            shutil.rmtree(Path(work) / "album")
    print(*_table(ended), sep="\n")
    return 0 if all(abs(_growth(runs)) <= TOLERANCE for runs in ended.values()) else 1


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(size) for size in text.split(",")})
    if len(sizes) < 2 or sizes[0] < 1:
        raise argparse.ArgumentTypeError("at least two numbers are compared")
    return sizes


def _photos(work: Path) -> dict[str, Path]:
    """Those of the other benches."""
    folder = work / "photos"
    folder.mkdir()
    subprocess.run(WORKER, cwd=PROJECT, input=f"photos\t{folder}\n", text=True, stdout=subprocess.DEVNULL, check=True)
    return {name: folder / name for name in (UPRIGHT, TURNED)}


def _folders(photo: Path, work: Path, sizes: Sequence[int]) -> dict[int, Path]:
    """A folder for each number of photos, none of which is the same as another."""
    content = photo.read_bytes()
    folders = {size: work / f"{size}" for size in sizes}
    for folder in folders.values():
        folder.mkdir(parents=True)
    for number in range(sizes[-1]):
        first = folders[sizes[-1]] / f"{number:06}.jpg"
        first.write_bytes(_with_comment(content, f"{number:06}".encode()))
        for size in sizes[:-1]:
            if number < size:
                (folders[size] / first.name).hardlink_to(first)
    return folders


def _with_comment(jpeg: bytes, comment: bytes) -> bytes:
    if not jpeg.startswith(b"\xff\xd8"):
        raise SystemExit("--photo: no JPEG")
    return jpeg[:2] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment + jpeg[2:]


def _measured(args: argparse.Namespace, task: str, words: list[str], folders: dict[int, Path], work: Path) -> dict[int, Ended]:
    runs: dict[int, list[Ended]] = {}
    for size, folder in folders.items():
        # Two peaks meet sooner or later where there are many photos. Where there are few, a single run may miss that.
        rounds = args.rounds if size < max(folders) else 1
        command = [args.command, *words, "--jobs", str(JOBS), "--quiet", "--no-config", folder]
        for number in range(rounds):
            print(f"{task}: {size} photos, run {number + 1} of {rounds}", file=sys.stderr)
            results = work / "results"
            results.mkdir()
            runs.setdefault(size, []).append(_run(command, results))
            if (rows := (results / REPORT).read_bytes().count(b"\n")) != size:
                raise Failed(f"{rows} rows for {size} photos")
            shutil.rmtree(results)
    return {size: Ended(*map(statistics.median, zip(*((run.wall, run.memory) for run in of)))) for size, of in runs.items()}


def _run(command: Sequence[str | Path], folder: Path) -> Ended:
    """The kernel's own number for this one child, which is what `/usr/bin/time -v` prints. A child's peak begins at its parent's, so
    nothing large is imported here."""
    start = time.perf_counter()
    child = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    # So that it is not waited for again.
    child.returncode = os.waitstatus_to_exitcode(status)
    # 1 says that photos do not pass.
    if child.returncode not in (0, 1):
        raise Failed(f"exit code {child.returncode}")
    return Ended(wall, used.ru_maxrss * UNIT)


def _growth(runs: dict[int, Ended]) -> float:
    return runs[max(runs)].memory / runs[min(runs)].memory - 1


def _table(ended: dict[str, dict[int, Ended]]) -> list[str]:
    lines = [
        "| | photos | peak resident, MB | over that of the fewest | wall s | photos a second |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for task, runs in ended.items():
        least = runs[min(runs)].memory
        for size, run in runs.items():
            cells = [task, str(size), f"{run.memory / 1e6:.1f}", f"{run.memory / least:.3f}", f"{run.wall:.1f}", f"{size / run.wall:.1f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        sys.exit(f"memory.py: {failed}")
