#!/usr/bin/env python3
"""Fits the readouts ../eye_visible.f32 and ../lower_face_visible.f32 to features that `examples/quality` wrote.

    quality="cargo run --release --example quality --"
    $quality twins LABELS.csv --out photos --per-photo 30 --seed 7 --ied 120      # labels of photos of people
    $quality twins ../../fixtures/rendered/truth.csv --out rendered --per-photo 4 --seed 3 --ied 120
    python ../../fixtures/render/render.py --set study --out geometry
    for set in photos rendered; do $quality features $set/twins.csv --out $set; done
    $quality features geometry/truth.csv --out geometry
    python -m pip install -r requirements.txt
    python fit.py photos rendered geometry --out ..     # prefixes of pairs of files, PREFIX.csv and PREFIX.f32

A readout is a logistic regression: a bias and a weight for each feature. Half of the people and half of the kinds of things before
their faces are for fitting (every other one, in the order of their names); what is printed is of the other half.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

EYE, LOOKS_OF_EYE = 1024, 68  # what the network has seen in two crops, and how it looks
FACE, LOOKS_OF_FACE = 4608, 144
MOST = 6.0  # standard deviations
# The networks' features are many and alike: together they would outvote those of light and colour.
WEIGHT_OF_LOOKS = 8.0
# Logits under the first are refused by the default profile, and those between both are doubted.
DOUBTED = {"eye_visible": (-1, 1), "lower_face_visible": (-2, 1)}


def rows(prefix: Path) -> list[dict]:
    """The pictures of one table, in the words of twins.csv."""
    with open(prefix.with_suffix(".csv"), newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    numbers = np.fromfile(prefix.with_suffix(".f32"), "<f4").reshape(len(lines), -1)
    found = []
    for line, features in zip(lines, numbers):
        if any(covered in Path(line.get("source", "")).stem for covered in ("sunglasses", "mask")):
            continue  # The picture that was painted on had something before its face already.
        own = {
            "set": prefix.name,
            "person": line.get("identity") or Path(line.get("source", "")).stem.split("_y")[0].split("_")[0],
            "kind": (line.get("shape") or line.get("occlusion") or "none").replace("_", "-"),
            "right": line.get("covers_right_eye", line.get("eyes_covered_right")) == "1",
            "left": line.get("covers_left_eye", line.get("eyes_covered_left")) == "1",
            "lower": line.get("covers_lower_face", line.get("lower_face_covered")) == "1",
            "features": features,
        }
        found.append(own)
    return found


def every_other(names: set[str], group=lambda name: "") -> set[str]:
    """Every other one of each group."""
    groups = {group(name) for name in names}
    return {name for own in groups for name in sorted(name for name in names if group(name) == own)[::2]}


def halves(pictures: list[dict]) -> None:
    """Sets `fit` where both the person and the kind are for fitting, `test` where neither is."""
    for group in {picture["set"] for picture in pictures}:
        own = [picture for picture in pictures if picture["set"] == group]
        people = every_other({picture["person"] for picture in own})
        free = {"clean", "none"}
        kinds = every_other({picture["kind"] for picture in own} - free, lambda kind: kind.split("-")[0])
        for picture in own:
            person, kind = picture["person"] in people, picture["kind"] in kinds
            always = picture["kind"] in free
            picture["fit"], picture["test"] = person and (kind or always), not person and (not kind or always)


def fitted(name: str, samples: list[tuple[dict, np.ndarray, bool]], seen: int, strength: float, out: Path | None) -> None:
    """Fits one readout to (picture, features, covered), writes it, and prints how it does."""
    x = np.stack([features for _, features, _ in samples]).astype(np.float64)
    covered = np.array([covered for _, _, covered in samples])
    fit = np.array([picture["fit"] for picture, _, _ in samples])
    test = np.array([picture["test"] for picture, _, _ in samples])
    mean, deviation = x[fit].mean(0), x[fit].std(0) + 1e-3
    scale = np.where(np.arange(x.shape[1]) < seen, 1.0, WEIGHT_OF_LOOKS) / deviation
    z = (x - mean) * scale
    # No set outvotes another one, nor the free faces the covered ones.
    groups = [f"{picture['set']}{covered}" for picture, _, covered in samples]
    count = {group: sum(f and g == group for f, g in zip(fit, groups)) for group in set(groups)}
    weights = np.array([1 / max(count[group], 1) for group in groups])
    weights *= fit.sum() / weights[fit].sum()
    model = LogisticRegression(C=strength, max_iter=5000).fit(z[fit], ~covered[fit], sample_weight=weights[fit])
    weight = model.coef_[0] * scale
    bias = model.intercept_[0] - weight @ mean
    logits = x @ weight + bias
    low, high = DOUBTED[name]
    print(f"{name}: {fit.sum()} samples to fit, {test.sum()} to test")
    for group in sorted({picture["set"] for picture, _, _ in samples}):
        own = np.array([picture["set"] == group for picture, _, _ in samples]) & test
        kinds = np.array([picture["kind"] for picture, _, _ in samples])
        free, hidden = logits[own & ~covered], logits[own & covered]
        print(f"  {group}: free {len(free)}, lowest {np.sort(free)[:3].round(1)}, refused {np.mean(free < low):.3f}, "
              f"doubted {np.mean((free >= low) & (free < high)):.3f}; covered {len(hidden)}, refused {np.mean(hidden < low):.3f}, "
              f"told {np.mean(hidden < high):.3f}")
        for kind in sorted(set(kinds[own])):
            for what, side in (("free", ~covered), ("covered", covered)):
                part = logits[own & (kinds == kind) & side]
                wrong = part >= high if what == "covered" else part < high
                if len(part) and wrong.any():
                    print(f"    {kind}, {what}: {wrong.sum()} of {len(part)} wrong, from {part.min():.1f} to {part.max():.1f}")
    if out:
        numbers = np.concatenate([[bias], weight]).astype("<f4").tobytes()
        (out / f"{name}.f32").write_bytes(numbers)
        sums = out / "SHA256SUMS"
        lines = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
        lines = [line for line in lines if not line.endswith(f" {name}.f32")] + [f"{hashlib.sha256(numbers).hexdigest()}  {name}.f32"]
        sums.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefixes", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="where the readouts go; otherwise nothing is written")
    parser.add_argument("--strength", type=float, nargs=2, default=(0.003, 0.0003), help="of the regressions, eye and lower face")
    arguments = parser.parse_args()
    pictures = [picture for prefix in arguments.prefixes for picture in rows(prefix)]
    halves(pictures)
    eye = EYE + LOOKS_OF_EYE
    eyes = [(p, p["features"][side * eye:(side + 1) * eye], p[name]) for p in pictures for side, name in enumerate(("right", "left"))]
    fitted("eye_visible", eyes, EYE, arguments.strength[0], arguments.out)
    fitted("lower_face_visible", [(p, p["features"][2 * eye:], p["lower"]) for p in pictures], FACE, arguments.strength[1], arguments.out)


if __name__ == "__main__":
    main()
