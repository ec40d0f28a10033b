"""Runs fuzz targets, each for so many minutes of one core's time, and prints the rows of the table in README.md.

    python3 fuzz/run.py --minutes 30 probe decode

Builds nothing: `cargo +nightly fuzz build` has to have been run, and the seeds to have been written. Needs Linux and Python 3.9.
"""

import argparse
import datetime
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A file that takes so many seconds, by the clock, with all instrumentation and on a busy machine, is a finding.
TIMEOUT = 300
# What libFuzzer ends with when it is asked to.
INTERRUPTED = 72
DICTIONARIES = {"profile": "settings", "resume": "rows"}
TARGETS = ["probe", "decode", "check", "prepare", "profile", "resume"]


def cpu_seconds(process):
    """What the process has used of cores so far: time that it waited for one does not count."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(target, minutes, binaries):
    corpus = HERE / "corpus" / target
    artifacts = HERE / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    # Findings of earlier runs are not this one's.
    earlier = set(artifacts.iterdir())
    seeds = sum(1 for _ in corpus.iterdir())
    log = HERE / "artifacts" / f"{target}.log"
    command = [
        binaries / target,
        corpus,
        f"-dict={HERE / 'dictionaries' / (DICTIONARIES.get(target, 'pictures') + '.dict')}",
        f"-artifact_prefix={artifacts}/",
        # This much memory is a finding, too.
        f"-timeout={TIMEOUT}",
        "-rss_limit_mb=2048",
        "-max_len=24000",
        "-print_final_stats=1",
    ]
    used = 0.0
    stopped = False
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        while process.poll() is None:
            used = cpu_seconds(process)
            if used >= 60 * minutes:
                stopped = True
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(TIMEOUT + 60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                break
            time.sleep(2)
    text = log.read_text(errors="replace")
    states = re.findall(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/", text, re.M)
    if not states:
        print(f"{target}: did not start: see {log}", file=sys.stderr)
        return False
    executions = re.findall(r"stat::number_of_executed_units: (\d+)", text) or [states[-1][0]]
    slowest = re.findall(r"stat::slowest_unit_time_sec:\s+(\d+)", text)
    # libFuzzer counts from ten seconds on.
    slowest = "?" if not slowest else "under 10" if slowest[-1] == "0" else slowest[-1]
    found = sorted(path.name for path in set(artifacts.iterdir()) - earlier if not path.name.startswith("slow-unit"))
    date = datetime.date.today()
    print(
        f"| `{target}` | {date} | {used / 60:.0f} | {int(executions[-1]):,} | {int(states[-1][1]):,} | {seeds} to {states[-1][3]} "
        f"| {slowest} | {len(found)} |",
        flush=True,
    )
    for name in found:
        print(f"{target}: see {artifacts / name} and {log}", file=sys.stderr)
    if not stopped or process.returncode != INTERRUPTED:
        print(f"{target}: ended by itself with {process.returncode} after {used:.0f} seconds: see {log}", file=sys.stderr)
    return stopped and process.returncode == INTERRUPTED and not found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--binaries", type=Path, default=HERE / "target/x86_64-unknown-linux-gnu/release")
    arguments = parser.parse_args()
    fine = [run(target, arguments.minutes, arguments.binaries) for target in arguments.targets]
    sys.exit(not all(fine))


if __name__ == "__main__":
    main()
