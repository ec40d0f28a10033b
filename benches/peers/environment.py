"""What has to be there before anything is timed: the peers' virtual environment, the TFLite files, our builds; their versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
REQUIREMENTS = HERE / "requirements.txt"
# Of all that is installed, what the tables name.
PEERS = "mediapipe opencv-contrib-python onnxruntime ai-edge-litert simplejpeg pillow pyvips pyvips-binary numpy".split()


@dataclass
class Environment:
    work: Path
    """Everything that is made for the benches."""
    target: Path
    """Cargo's."""
    problems: list[str] = field(default_factory=list)
    """What could not be set up, and why."""

    @property
    def python(self) -> Path:
        return self.work / "venv/bin/python"

    @property
    def photos(self) -> Path:
        return self.work / "photos"

    @property
    def worker(self) -> Path:
        return self.target / "release/examples/peers-worker"

    @property
    def command(self) -> Path:
        return self.target / "release/face-precheck"


def set_up(work: Path, target: Path, build: bool) -> Environment:
    environment = Environment(work.resolve(), target.resolve())
    environment.photos.mkdir(parents=True, exist_ok=True)
    if build:
        _build(environment)
    _install(environment)
    _extract_networks(environment)
    return environment


def _build(environment: Environment) -> None:
    """Both at once: apart from each other they would be built with other features, and everything twice."""
    command = ["cargo", "build", "--release", "--bin", "face-precheck", "--example", "peers-worker"]
    subprocess.run(command, cwd=PROJECT, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(environment.target)})


def _install(environment: Environment) -> None:
    """Package by package where all at once fails, so that one that is not to be had here costs only itself."""
    stamp = environment.work / "venv/installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", str(environment.work / "venv")], check=True)
    if _pip(environment, ["-r", str(REQUIREMENTS)]) is None:
        stamp.write_text(wanted, encoding="utf-8")
        return
    for line in wanted.splitlines():
        if line and not line.startswith("#") and (reason := _pip(environment, [line])) is not None:
            environment.problems.append(f"{line}: not installed: {reason}")


def _pip(environment: Environment, what: list[str]) -> str | None:
    """Why it failed, if it did."""
    command = [str(environment.python), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", *what]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def _extract_networks(environment: Environment) -> None:
    """The originals of models/*.onnx, out of the wheel and held against their sha256 by the converter's own list."""
    folder = environment.work / "tflite"
    folder.mkdir(exist_ok=True)
    sys.path.append(str(PROJECT / "models/convert"))
    from sources import NETWORKS, fetch

    missing = {name: file for name, file in NETWORKS.items() if not (folder / f"{name}.tflite").exists()}
    try:
        contents = fetch(list(missing.values()), folder)
    except (SystemExit, subprocess.CalledProcessError) as error:
        environment.problems.append(f"TFLite files: not fetched: {error}")
        return
    for name, file in missing.items():
        (folder / f"{name}.tflite").write_bytes(contents[file])
    for wheel in folder.glob("*.whl"):
        wheel.unlink()


def description(environment: Environment) -> list[str]:
    """Machine, versions and date, as lines of Markdown."""
    listed = json.loads(_told(str(environment.python), "-m", "pip", "list", "--format=json"))
    installed = {package["name"].lower(): package["version"] for package in listed}
    versions = ", ".join(f"{name} {installed[name]}" for name in PEERS if name in installed)
    return [
        f"- Date: {time.strftime('%Y-%m-%d')}",
        f"- Processor: {_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}",
        f"- Ours: {_told('git', 'describe', '--always', '--dirty')}, {_told('rustc', '--version')}",
        f"- Peers: Python {_told(str(environment.python), '--version').split()[-1]}, {versions}",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _told(*command: str) -> str:
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()
