"""What other people's readers find in uploads: a manual check, beside the byte search in `cargo test nothing_personal`.

    pip install -r docs/privacy/requirements.txt     # and exiftool, from the system's packages
    cargo build --release
    python docs/privacy/check.py

Writes photos that carry everything (EXIF with a position, maker's note and thumbnail, XMP, IPTC, comment, a second picture, an ICC
profile, bytes behind the end), upright and turned, as JPEG, PNG and WebP, with Pillow and exiftool; prepares them; and asks both what
is left. Prints a line for each upload and fails if anything is.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = PROJECT / "target/release/face-precheck"
PHOTO = PROJECT / "fixtures/photos/compliant/grace_hopper_enlarged_1.5x.jpg"

# Groups of exiftool's that describe the file and its coding, not what was added to it.
OF_THE_FILE = {"SourceFile", "ExifTool", "System", "File", "Composite"}
# Of a picture's own chunks and segments: how it is coded.
OF_THE_CODING = {"PNG", "JFIF"}


def write_photos(folder: Path) -> None:
    upright = Image.open(PHOTO).convert("RGB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
    for orientation, name, picture in [(1, "upright", upright), (6, "turned", upright.transpose(Image.Transpose.ROTATE_90))]:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a maker"
        exif[0x013B] = "an artist"
        exif.get_ifd(0x8769)[0x927C] = b"a maker's note"
        exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 5.0, 7.0), 3: "E", 4: (14.0, 25.0, 5.0)})
        picture.save(
            folder / f"{name}.jpg", "MPO", save_all=True, append_images=[picture.resize((160, 190))], quality=92, exif=exif,
            comment=b"a comment", xmp=xmp, icc_profile=srgb,
        )
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "a comment")
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        picture.save(folder / f"{name}.png", exif=exif, pnginfo=text, icc_profile=srgb, dpi=(300, 300))
        picture.save(folder / f"{name}.webp", lossless=True, exif=exif, xmp=xmp, icc_profile=srgb)
    if shutil.which("exiftool"):
        iptc = ["-IPTC:City=a city", "-IPTC:By-line=a name", "-XMP:Creator=a name", "-EXIF:UserComment=a comment"]
        photos = sorted(folder.glob("*.jpg"))
        subprocess.run(["exiftool", "-q", "-overwrite_original", *iptc, *photos], check=True)
        thumbnail = folder / "thumbnail"
        upright.resize((96, 112)).save(thumbnail, "JPEG")
        subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={thumbnail}", *photos], check=True)
        thumbnail.unlink()
    for photo in folder.iterdir():
        photo.write_bytes(photo.read_bytes() + b"bytes behind the end")


def left_for_pillow(upload: Path) -> list[str]:
    picture = Image.open(upload)
    picture.load()
    found = [f"EXIF {key}" for key in picture.getexif()]
    found += ["further pictures"] if getattr(picture, "n_frames", 1) > 1 else []
    return found + sorted(set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"})


def left_for_exiftool(file: Path) -> list[str]:
    command = ["exiftool", "-json", "-G1", "-a", "-u", "-ee", file]
    fields = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[0]
    groups = {name: name.split(":")[0] for name in fields}
    warnings = [name for name in fields if name == "ExifTool:Warning"]
    return warnings + sorted(name for name, group in groups.items() if group not in OF_THE_FILE | OF_THE_CODING or "Comment" in name)


def main() -> int:
    problems = 0
    readers = [("Pillow", left_for_pillow)] + ([("exiftool", left_for_exiftool)] if shutil.which("exiftool") else [])
    with tempfile.TemporaryDirectory() as folder:
        photos, uploads = Path(folder) / "photos", Path(folder) / "uploads"
        photos.mkdir()
        write_photos(photos)
        subprocess.run([COMMAND, "prepare", photos, "--out", uploads], check=True, stdout=subprocess.DEVNULL)
        for photo in sorted(photos.iterdir()):
            upload = next(path for path in uploads.iterdir() if path.name in (photo.name, f"{photo.name}.jpg"))
            before = {name: len(read(photo)) for name, read in readers}
            after = {name: read(upload) for name, read in readers}
            assert all(before.values()), f"{photo.name} carries nothing: {before}"
            counts = ", ".join(f"{name} {before[name]} -> {len(after[name])}" for name in after)
            print(f"{photo.name} -> {upload.name}: {counts}", *(field for fields in after.values() for field in fields))
            problems += sum(map(len, after.values()))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
