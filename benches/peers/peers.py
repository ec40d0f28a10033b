#!/usr/bin/env python3
"""Times the crate beside what a user would pick instead, interleaved in one run on the same photos. See README.md.

Needs nothing but Python 3.11 or 3.12 on Linux and cargo; the peers are installed into a virtual environment of their own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import processes
from environment import HERE, PROJECT, Environment, description, set_up
from rounds import Contender, Failed, Results, Task, costs, interleaved, median_ratio, ratios, start

SELFIE, LARGE = "1080x1440.jpg", "12MP.jpg"
OURS = "face-precheck"
PEERS = {
    "mediapipe": "cv2.imread + mediapipe FaceMesh",
    "opencv-onnxruntime": "OpenCV reduced + onnxruntime",
    "turbojpeg-xnnpack": "libjpeg-turbo scaled + XNNPACK (the floor)",
    "pillow": "Pillow",
    "pyvips": "pyvips",
}
# Pupils that are further from ours by more than this part are those of something else.
SAME_PUPILS = 0.03
# The bound that models/README.md sets for the irises' centres.
SAME_OUTPUTS = 0.02
TRACT = "tract"
GOLDENS = PROJECT / "models/golden"
# Nothing but the height; the full size is kept by the two others, which the default limit of 2 MB would reduce as well.
REDUCED_HEIGHT = 1440
PROFILES = {
    "reduced": f"recommended-height = {{ max = {REDUCED_HEIGHT}, apply = true }}",
    "whole": "recommended-height = false\nfile-size = false",
}


@dataclass(frozen=True)
class Bench:
    environment: Environment
    rounds: int
    quick: bool

    @property
    def photos(self) -> Path:
        return self.environment.photos

    def ours(self, *, core: int | None) -> Contender:
        return start(OURS, [self.environment.worker], self.environment.work / "worker.log", core=core)

    @contextmanager
    def contenders(self, *names: str) -> Iterator[tuple[dict[str, Contender], dict[str, str]]]:
        """Those of the names that answer, with ours, each on one core; and why the others do not."""
        work, core = self.environment.work, min(os.sched_getaffinity(0))
        running, missing = {OURS: self.ours(core=core)}, {}
        for name in names:
            command: list[str | Path] = [self.environment.python, HERE / "contender.py", name, work]
            running[name] = start(name, command, work / f"{name}.log", core=core)
        for name in names:
            try:
                running[name].ask("nothing")
            except Failed as failed:
                running.pop(name).stop()
                missing[PEERS.get(name, name)] = str(failed)
        try:
            yield running, missing
        finally:
            for contender in running.values():
                contender.stop()


def check(bench: Bench) -> list[str]:
    lines = ["## Check", "", "From the path of a photo to its face, one thread."]
    with bench.contenders("mediapipe", "opencv-onnxruntime", "turbojpeg-xnnpack") as (running, missing):
        for photo in (LARGE, SELFIE):
            tasks = [Task(PEERS.get(name, name), peer, ("check", bench.photos / photo)) for name, peer in running.items()]
            results = interleaved(tasks, bench.rounds)
            results.missing.update(missing)
            for label in list(results.last):
                _same_pupils(results, label)
            pupils = ("pupils, px", lambda label, results=results: f"{results.last[label]['pupils']:.1f}")
            lines += ["", f"### {photo.removesuffix('.jpg')}", "", *ratios(results, OURS, pupils)]
        empty = interleaved([Task(PEERS.get(name, name), peer, ("nothing",)) for name, peer in running.items()], bench.rounds)
    asking = ", ".join(f"{label} {1000 * median(cpu):.0f}" for label, cpu in empty.cpu.items())
    return [*lines, "", f"Included in the CPU times, microseconds for being asked and answering: {asking}."]


def _same_pupils(results: Results, label: str) -> None:
    """Nobody is timed doing nothing, or something else."""
    if OURS not in results.last:
        return
    ours, theirs = results.last[OURS]["pupils"], results.last[label]["pupils"]
    if abs(theirs / ours - 1) > SAME_PUPILS:
        results.drop(label, f"finds other pupils: {theirs:.1f} px apart, ours {ours:.1f}")


def networks(bench: Bench) -> list[str]:
    with bench.contenders("opencv-onnxruntime", "turbojpeg-xnnpack") as (running, missing):
        engines = {"onnxruntime": "opencv-onnxruntime", "XNNPACK": "turbojpeg-xnnpack"}
        tasks = [
            Task(OURS, running[OURS], ("networks", bench.photos / SELFIE)),
            Task(TRACT, running[OURS], ("networks-tract", GOLDENS)),
            *(Task(label, running[name], ("networks", GOLDENS)) for label, name in engines.items() if name in running),
        ]
        results = interleaved(tasks, bench.rounds)
        results.missing.update(missing)
    for label in list(results.last):
        _same_outputs(results, label)
    lines = ["## Networks", "", "Detector once, mesh once, iris network twice; their inputs are there already. One thread.", ""]
    return lines + ratios(results, OURS)


def _same_outputs(results: Results, label: str) -> None:
    """The presence (a logit) and the irises' centres (pixels of the crop), where a contender tells them."""
    told, wanted = results.last[label].get("outputs"), results.last[TRACT]["outputs"]
    if told is None:
        return
    difference = max(abs(one - other) for one, other in zip(told, wanted, strict=True))
    if not difference <= SAME_OUTPUTS:
        results.drop(label, f"differs from tract by {difference}")


def prepare(bench: Bench) -> list[str]:
    work, large = bench.environment.work, bench.photos / LARGE
    commented, turned = (bench.photos / f"12MP {how}.jpg" for how in ("commented", "turned"))
    profiles = {name: _profile(work, name) for name in PROFILES}
    lossless, anew, alone = f"{OURS}, metadata removed", f"{OURS}, all compressed anew", f"{OURS}, check alone"
    with bench.contenders("pillow", "pyvips", "quality") as (running, missing):
        ours, judge = running[OURS], running.pop("quality", None)
        tasks = [
            Task(OURS, ours, ("prepare", large, profiles["reduced"])),
            *(Task(PEERS[name], running[name], ("prepare", large, str(REDUCED_HEIGHT))) for name in PEERS if name in running),
        ]
        compared = interleaved(tasks, bench.rounds)
        compared.missing.update(missing)
        quality = {
            PEERS.get(name, name): _quality(bench, peer, judge)
            for name, peer in running.items()
            if PEERS.get(name, name) in compared.last
        }
        tasks = [
            Task(alone, ours, ("check", commented)),
            Task(lossless, ours, ("prepare", commented, profiles["whole"])),
            Task(anew, ours, ("prepare", turned, profiles["whole"])),
        ]
        kinds = interleaved(tasks, bench.rounds)
        if judge:
            judge.stop()
    lines = ["## Prepare", "", f"12MP to a height of {REDUCED_HEIGHT}, one thread. PSNR is against Lanczos3 in floats.", ""]
    lines += ratios(compared, OURS, ("upload", quality.__getitem__))
    lines += ["", "Ours by what has to be done, all at 12 MP; compressed anew is one that is stored turned.", "", *costs(kinds)]
    if not kinds.missing:
        extra = [one - other for one, other in zip(kinds.cpu[lossless], kinds.cpu[alone], strict=True)]
        share = median_ratio(extra, kinds.cpu[anew])
        lines += ["", f"Removing the metadata costs, on top of the check, {share:.3f} of compressing all anew (CPU)."]
        lines += [f"What was done: {'; '.join(kinds.last[lossless]['changes'])} / {'; '.join(kinds.last[anew]['changes'])}."]
    return lines


def _profile(work: Path, name: str) -> Path:
    file = work / f"{name}.toml"
    file.write_text(f'extends = "progeny-selfie"\nname = "{name}"\n{PROFILES[name]}\n', encoding="utf-8")
    return file


def _quality(bench: Bench, peer: Contender, judge: Contender | None) -> str:
    file = bench.environment.work / f"{peer.name}.jpg"
    peer.ask("save", file)
    size = f"{file.stat().st_size / 1000:.0f} kB"
    if judge is None:
        return size
    judged = judge.ask("psnr", bench.photos / LARGE, file)
    return f"{judged['width']}x{judged['height']}, {size}, {judged['psnr']:.1f} dB"


def batch(bench: Bench) -> list[str]:
    photos, repetitions = (20, 1) if bench.quick else (200, 3)
    folder = processes.folder_of_links(bench.photos / LARGE, bench.environment.work / f"batch of {photos}", photos)
    return processes.batch(bench.environment.command, folder, photos, repetitions)


def begin(bench: Bench) -> list[str]:
    """Not on one core: whether loading uses several is part of the question."""
    selfie, ours = bench.photos / SELFIE, bench.ours(core=None)
    new, tract, first, warm = "Engine::new", "the networks in tract, optimised", "Engine::new and a first check", "a warm check"
    cold = "`face-precheck check`, start to exit"
    tasks = [
        Task(new, ours, ("engine",)),
        Task(tract, ours, ("engine-tract",)),
        Task(first, ours, ("first-check", selfie)),
        Task(warm, ours, ("check", selfie)),
        Task(cold, processes.Cold([bench.environment.command, "check", selfie]), ()),
    ]
    results = interleaved(tasks, bench.rounds, one_core=False)
    ours.stop()
    if results.missing:
        return ["## Start", "", *costs(results)]
    wall = {label: median(values) for label, values in results.wall.items()}
    put_off = [one - other for one, other in zip(results.cpu[first], results.cpu[warm], strict=True)]
    return [
        "## Start",
        "",
        f"On {SELFIE.removesuffix('.jpg')}, with all cores.",
        "",
        *costs(results),
        "",
        f"- Engine::new / tract, CPU: {median_ratio(results.cpu[new], results.cpu[tract]):.2f}",
        f"- the same, with whatever is put off to the first check: {median_ratio(put_off, results.cpu[tract]):.2f}",
        f"- cold {wall[cold]:.1f} ms; Engine::new + 1.3 x a warm check: {wall[new] + 1.3 * wall[warm]:.1f} ms",
    ]


SECTIONS: dict[str, Callable[[Bench], list[str]]] = {
    "check": check, "networks": networks, "prepare": prepare, "batch": batch, "start": begin,
}  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    parser.add_argument("--rounds", type=int, default=30, help="that count, after %(default)s by default")
    parser.add_argument("--quick", action="store_true", help="5 rounds, a small batch: to see whether everything works")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables here as well")
    parser.add_argument("--work", type=Path, default=PROJECT / "target/peers", metavar="DIR", help="for the peers and the photos")
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    parser.add_argument("--target", type=Path, default=target, metavar="DIR", help="cargo's target directory")
    parser.add_argument("--no-build", action="store_true", help="what is in the target directory is what is meant")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    given = arguments()
    environment = set_up(given.work, given.target, build=not given.no_build)
    bench = Bench(environment, 5 if given.quick else given.rounds, given.quick)
    writer = bench.ours(core=None)
    writer.ask("photos", bench.photos)
    writer.stop()
    lines = [*description(environment), f"- Rounds: {bench.rounds}"]
    lines += [f"- missing: {problem}" for problem in environment.problems]
    print(*lines, sep="\n", flush=True)
    for name in given.sections or SECTIONS:
        section = ["", *SECTIONS[name](bench)]
        print(*section, sep="\n", flush=True)
        lines += section
    if given.markdown:
        given.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
