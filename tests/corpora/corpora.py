#!/usr/bin/env python3
"""Runs the command over other projects' test pictures and compares it with Pillow. See README.md."""

import argparse
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from binascii import unhexlify
from collections import Counter
from pathlib import Path

from disagreements import GROUPS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READERS = ["pillow==13.0.0", "pillow-heif==1.8.1"]
# Client, name, version, SHA-256, and whose pictures they are.
PACKAGES = [
    ("pip", "pillow", "13.0.0", "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510", "Pillow"),
    ("pip", "thumbor", "7.8.0", "3211d7b3210864fae09a67a822e69851aa54ac6137d8a35c1a4047881e3c6dfc", "thumbor"),
    ("pip", "imagecodecs", "2026.3.6", "471b8a4d1b3843cbf7179b45f7d7261f0c0b28809efc1ca6c47822477b143b85", "imagecodecs"),
    ("pip", "pypng", "0.20220715.0", "739c433ba96f078315de54c0db975aee537cbc3e1d0ae4ed9aab0ca1e427e2c1", "PngSuite"),
    ("npm", "pngjs", "0.4.0", "a7ae471160d6de6624783dac80938a8ebf4fab0b35cfa5a3242e78194b80fb45", "PngSuite"),
    ("apt", "golang-1.19-src", "1.19.8-2", "2dfa82fe4f08f4e0193c532e561af4c91871f5235608f04f2bb8d57bb288df5a", "PngSuite, Go"),
]
# A whole source tree has pictures in one place only.
ONLY = {"golang-1.19-src": "usr/share/go-1.19/src/image"}
# Every picture passes, and uploads are PNGs, which keep the pixels. All that is in the way of that is mended.
ANYTHING = """\
name = "anything"
purpose = "document"
format = { accepted = ["png"] }
orientation = {}
"""
FORMATS = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WebP", "HEIF": "HEIC"}
REFUSALS = ["empty", "unknown-format", "unsupported-format", "malformed", "limit-exceeded"]
# What can be disagreed about.
WE_REFUSE, PILLOW_REFUSES, SIZES, PIXELS = "refused here", "refused by Pillow", "other size", "other pixels"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
BEGIN, END = "<!-- corpora.py --write-readme: -->\n", "<!-- end -->\n"


# ---------------------------------------------------------------- packages


def fetch(client, name, version, digest, folder, python):
    """The package's file, by its registry's ordinary client; `None` without that client."""
    exact = f"{name}@{version}" if client == "npm" else f"{name}={version}" if client == "apt" else f"{name}=={version}"
    commands = {
        "pip": [python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name, exact],
        "npm": ["npm", "pack", "--silent", exact],
        "apt": ["apt-get", "download", "--quiet", exact],
    }
    program = commands[client][0]
    if not shutil.which(program) or client == "apt" and not shutil.which("dpkg-deb"):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        subprocess.run(commands[client], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (file,) = folder.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    assert found == digest, f"{file.name} has the SHA-256 {found}"
    return file


def unpack(client, name, file, folder):
    if client == "apt":
        subprocess.run(["dpkg-deb", "-x", file, folder], check=True)
    else:
        with tarfile.open(file) as archive:
            # Older Pythons know no filter; the sum of the file is known.
            archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    for suite in folder.rglob("pngsuite.py"):
        # Pictures as hexadecimal digits in a module, which is read and not run.
        for picture, digits in re.findall(r"'(\w+)': _dehex\(b\"\"\"([0-9a-f\s]*)\"\"\"\)", suite.read_text()):
            (suite.parent / f"{picture}.png").write_bytes(unhexlify("".join(digits.split())))
    return folder / ONLY.get(name, "")


def collect(work, python):
    """Paths below `work`, by package."""
    files, missing = {}, []
    for client, name, version, digest, _ in PACKAGES:
        file = fetch(client, name, version, digest, work / "packages" / name, python)
        if file is None:
            missing.append(name)
            continue
        folder = work / "files" / name
        if not folder.exists():
            unpack(client, name, file, folder)
        below = folder / ONLY.get(name, "")
        files[name] = sorted(path.relative_to(work).as_posix() for path in below.rglob("*") if path.is_file() and not path.is_symlink())
        print(f"       {name} {version}: {len(files[name])} files", flush=True)
    return files, missing


def environment(work):
    """A Python of its own, with Pillow."""
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *READERS], check=True)
    return str(python)


# ---------------------------------------------------------------- what the command says


def report(command, arguments, work, output):
    (work / output).unlink(missing_ok=True)
    done = subprocess.run([command, *arguments, "--quiet", "--no-config", "--output", output], cwd=work)
    assert done.returncode in (0, 1), f"face-precheck ended with {done.returncode}"
    return {row["file"]: row for row in map(json.loads, (work / output).read_text().splitlines())}


def write_list(work, name, files):
    (work / name).write_text("".join(f"{file}\n" for file in files))
    return name


def check(command, work, files):
    listed = write_list(work, "all.txt", files)
    rows = report(command, ["check", "--profile", "progeny-document", "--files-from", listed], work, "check.jsonl")
    assert set(rows) == set(files), set(files) ^ set(rows)
    return rows


def lying_on_its_head(png):
    """A PNG with an EXIF orientation of 3, so that an upload of it is no copy."""
    content = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x112, 3, 1, 3, 0) + b"\0\0\0\0"
    chunk = struct.pack(">I", len(content)) + b"eXIf" + content + struct.pack(">I", zlib.crc32(b"eXIf" + content))
    after_header = len(SIGNATURE) + 12 + 13
    return png[:after_header] + chunk + png[after_header:]


def prepare(command, work, rows):
    """For each file that is read, the upload with its pixels, and whether these lie on their head."""
    sources = {}
    for file, row in rows.items():
        if "error" in row:
            continue
        content = (work / file).read_bytes()
        if content.startswith(SIGNATURE) and b"eXIf" not in content:
            source = f"turned/{file}"
            (work / source).parent.mkdir(parents=True, exist_ok=True)
            (work / source).write_bytes(lying_on_its_head(content))
            sources[file] = source
        else:
            sources[file] = file
    (work / "anything.toml").write_text(ANYTHING)
    shutil.rmtree(work / "uploads", ignore_errors=True)
    listed = write_list(work, "read.txt", sources.values())
    made = report(command, ["prepare", "--profile", "./anything.toml", "--files-from", listed, "--out", "uploads"], work, "prepare.jsonl")
    return {file: {"upload": made[source]["upload"]["file"], "turned": source != file} for file, source in sources.items()}


def slowest(command, work, files):
    """File and milliseconds of the one that takes longest, in a process of its own and less what a process takes that looks at nothing."""

    def once(file):
        began = time.perf_counter()
        subprocess.run([command, "check", "--no-config", "--profile", "progeny-document", "--quiet", file], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (time.perf_counter() - began) * 1000

    (work / "empty").write_bytes(b"")
    start = min(once("empty") for _ in range(10))
    first = {file: once(file) for file in files}
    candidates = sorted(first, key=first.get)[-5:]
    best = {file: min(once(file) for _ in range(5)) for file in candidates}
    file = max(best, key=best.get)
    return file, max(best[file] - start, 0)


# ---------------------------------------------------------------- what Pillow says, in its own environment


def over_white(picture):
    """As the command lays it: 16 bits are rounded to 8, what can be seen through lies over white."""
    from PIL import Image

    if picture.mode.startswith("I"):
        clear = picture.info.get("transparency")
        levels = bytes(255 if value == clear else (value + 128) // 257 for value in picture.get_flattened_data())
        return Image.frombytes("L", picture.size, levels)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture if picture.mode in ("L", "CMYK") else picture.convert("RGB")


def mended(picture, content):
    """The picture with what the command heeds and Pillow leaves aside (ICC profile, gAMA), and without what only Pillow heeds (orientation
    in XMP or text)."""
    import io

    from PIL import ImageCms, ImageOps

    text_only = content.startswith(SIGNATURE) and b"eXIf" not in content
    upright = picture if text_only else ImageOps.exif_transpose(picture)
    upright = over_white(upright)
    profile, gamma = picture.info.get("icc_profile"), picture.info.get("gamma")
    if profile:
        ours = ImageCms.createProfile("sRGB")
        try:
            return ImageCms.profileToProfile(upright, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ours, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB")
        except ImageCms.PyCMSError:  # A profile of another kind of picture counts as none.
            return upright.convert("RGB")
    upright = upright.convert("RGB")
    if gamma and "srgb" not in picture.info and not 0.95 <= gamma / 0.45455 <= 1.05:
        light = [(level / 255) ** (1 / gamma) for level in range(256)]
        levels = [12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in light]
        upright = upright.point([int(level * 255 + 0.5) for level in levels] * 3)
    return upright


def apart(one, other):
    """Mean and greatest difference in levels."""
    from PIL import ImageChops, ImageStat

    difference = ImageChops.difference(one, other)
    return sum(ImageStat.Stat(difference).mean) / 3, max(most for _, most in difference.getextrema())


def pillow_reads(file, upload):
    from PIL import Image, ImageOps

    said = {}
    try:
        with Image.open(file) as picture:
            said["format"] = FORMATS.get(picture.format)
            if not said["format"]:
                return said
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            said["size"] = list(upright.size)
            if upload:
                with Image.open(upload["upload"]) as ours:
                    found = ours.convert("RGB")
                if upload["turned"]:
                    found = found.transpose(Image.Transpose.ROTATE_180)
                if found.size == upright.size:
                    said["apart"] = apart(over_white(upright).convert("RGB"), found)
                    if said["apart"][1]:
                        said["mended"] = apart(mended(picture, Path(file).read_bytes()), found)
    except Exception as error:  # All kinds of them are refusals.
        said["error"] = f"{type(error).__name__}: {error}"
    return said


def pillow_main(jobs):
    """Reads files and uploads as JSON, and prints what Pillow says of each."""
    import warnings

    import pillow_heif
    from PIL import Image, ImageFile

    pillow_heif.register_heif_opener()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    jobs = json.loads(Path(jobs).read_text())
    json.dump({file: pillow_reads(file, upload) for file, upload in jobs.items()}, sys.stdout)


def ask_pillow(python, work, files, uploads):
    (work / "jobs.json").write_text(json.dumps({file: uploads.get(file) for file in files}))
    command = [python, str(HERE / "corpora.py"), "--pillow", "jobs.json"]
    # What its libraries print about damaged files says nothing.
    return json.loads(subprocess.run(command, cwd=work, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


# ---------------------------------------------------------------- both together


def short(file):
    return file.split("/", 1)[1]


def disagreement(row, said):
    """What about, and what is to be seen of it; `None` where there is none."""
    ours, theirs = "error" not in row, "size" in said
    if ours and not theirs:
        return PILLOW_REFUSES, said.get("error") or "another format"
    if theirs and not ours:
        return WE_REFUSE, row["error"]["message"]
    if not ours:
        return None
    size = [row["header"]["width"], row["header"]["height"]]
    if size != said["size"]:
        return SIZES, f"{size} and {said['size']}"
    if "apart" not in said:
        return SIZES, "the upload has another one"
    mean, most = said["apart"]
    if not most:
        return None
    mended_mean, mended_most = said["mended"]
    mended = f"; mended, {mended_mean:.2f} and {mended_most}" if said["mended"] != said["apart"] else ""
    return PIXELS, f"{mean:.2f} levels on average, {most} at most{mended}"


def compare(files, rows, says):
    """All disagreements; those that are listed; what is wrong with the list."""
    found = {short(file): pair for file in files for pair in [disagreement(rows[file], says[file])] if pair}
    said_of = {short(file): says[file] for file in files}
    packages = {short(file).split("/")[0] for file in files}
    listed, problems = {}, []
    for kind, bound, reason, names in GROUPS:
        for name in names:
            if name.split("/")[0] not in packages:
                continue  # A package that could not be had.
            if name in listed:
                problems.append(f"listed twice: {name}")
            listed[name] = (kind, bound)
    for name, (kind, detail) in found.items():
        if name not in listed:
            problems.append(f"not explained: {kind}, {detail}: {name}")
        elif listed[name][0] != kind:
            problems.append(f"explained as {listed[name][0]}, but {kind}, {detail}: {name}")
        elif kind == PIXELS and said_of[name]["mended"][1] > listed[name][1]:
            problems.append(f"farther apart than {listed[name][1]} levels: {detail}: {name}")
    problems += [f"listed, and no longer so: {name}" for name in listed if name not in found]
    for file in files:
        kind = rows[file].get("error", {}).get("kind")
        if kind not in [None, *REFUSALS]:
            problems.append(f"no fault of the file: {kind}: {file}")
    return found, listed, problems


def table(files, rows, says, found):
    columns = ["files", "pictures", "decoded", *REFUSALS, "disagreements"]
    lines = [f"| package | pictures of | {' | '.join(columns)} |", f"| --- | --- |{' ---: |' * len(columns)}"]
    total = Counter()
    for _, name, version, _, owner in PACKAGES:
        counts = Counter(files=len(files[name]))
        for file in files[name]:
            kind = rows[file].get("error", {}).get("kind")
            counts[kind or "decoded"] += 1
            counts["pictures"] += rows[file].get("header", {}).get("format") in ("jpeg", "png", "webp", "heic") or bool(says[file].get("format"))
            counts["disagreements"] += short(file) in found
        total += counts
        lines.append(f"| {name} {version} | {owner} | {' | '.join(f'{counts[column]:,}' for column in columns)} |")
    lines.append(f"| all | | {' | '.join(f'{total[column]:,}' for column in columns)} |")
    return lines


def agreements(rows, says):
    both = [file for file in rows if "error" not in rows[file] and "size" in says[file]]
    counts = Counter(says[file]["format"] for file in both)
    equal = Counter(says[file]["format"] for file in both if says[file]["apart"][1] == 0)
    lines = ["| read by both | files | the very same pixels |", "| --- | ---: | ---: |"]
    return lines + [f"| {name} | {counts[name]:,} | {equal[name]:,} |" for name in ["JPEG", "PNG", "WebP", "HEIC"]]


def explanations(found, listed):
    lines = []
    for title in [WE_REFUSE, PILLOW_REFUSES, SIZES, PIXELS]:
        groups = [(reason, [name for name in names if name in listed]) for kind, _, reason, names in GROUPS if kind == title]
        count = sum(len(names) for _, names in groups)
        lines += [f"### {title[0].upper()}{title[1:]}: {count}", ""]
        for reason, names in groups:
            lines += [f"{reason}", ""] + [f"* `{name}`: {found[name][1]}" for name in names] + [""]
    return lines


def readme(files, rows, says, found, listed, slow):
    file, milliseconds = slow
    size = rows[file].get("header", {})
    lines = table(files, rows, says, found) + ["", *agreements(rows, says), ""]
    lines += [f"Slowest file: `{short(file)}`, {size.get('width')} x {size.get('height')}: {milliseconds:.0f} ms.", ""]
    lines += explanations(found, listed)
    path = HERE / "README.md"
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(before + BEGIN + "\n" + "\n".join(lines).rstrip() + "\n\n" + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default=ROOT / "target" / "release" / "face-precheck", type=Path, help="another build")
    parser.add_argument("--keep", type=Path, help="a folder for packages, files and reports, which is used again")
    parser.add_argument("--write-readme", action="store_true", help="put the numbers into README.md")
    parser.add_argument("--pillow", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pillow:
        return pillow_main(options.pillow)

    with tempfile.TemporaryDirectory() as temporary:
        work = (options.keep or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        command = str(options.command.resolve())
        python = environment(work)
        by_package, missing = collect(work, python)
        files = [file for names in by_package.values() for file in names]
        rows = check(command, work, files)
        uploads = prepare(command, work, rows)
        says = ask_pillow(python, work, files, uploads)
        found, listed, problems = compare(files, rows, says)
        kinds = Counter(row.get("error", {}).get("kind", "decoded") for row in rows.values())
        print("       " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
        for problem in problems:
            print(f"FAILED {problem}")
        for name in missing:
            print(f"SKIPPED {name}: its client is not here")
        print(f"{'FAILED' if problems else 'ok    '} {len(found)} disagreements with Pillow, {len(listed)} explained")
        if options.write_readme and not missing and not problems:
            slow = slowest(command, work, [file for file in files if rows[file].get("header")])
            readme(by_package, rows, says, found, listed, slow)
        return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
