"""A picture that somebody sent, made anew: the file on standard input; on standard output a line of JSON and
then the JPEG and its thumbnail, or a line that says why it is refused.

Run as a process of its own (`geo.pictures.intake`): what a broken or hostile file does to the decoder ends
here, within bounds of memory and time. It reads no module of this project, and Pillow alone of others.
What is written holds pixels only: no EXIF, no XMP, no profile, nothing that followed the picture.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import warnings
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
"""A multi-picture file of a phone (MPO) is opened as the JPEG that it begins with."""
MOST_PIXELS = 64_000_000
SIDE, THUMBNAIL = 2048, 320
"""Longest sides, in pixels."""
MOST_BYTES = 1_000_000
QUALITIES = (85, 75, 60, 40, 20)
MEMORY = 1_500_000_000
CPU_S = 20

OTHERS = (
    (re.compile(rb"%PDF-"), slice(0, 1024)),
    (re.compile(rb"PK\x05\x06"), slice(-66_000, None)),
    (re.compile(rb"<\?php|<script|<html", re.IGNORECASE), slice(None)),
)
"""Marks of other kinds of file hidden in a picture, and where a reader of that kind looks for them."""

DEGREES = (1, 60, 3600)


class PictureRefused(Exception):
    """`code` with its parameters, as an error of `geo` has them."""

    def __init__(self, code: str, **parameters: int) -> None:
        super().__init__(code)
        self.code, self.parameters = code, parameters


def convert(content: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """What is known of it (width and height of the JPEG, "taken", "lon", "lat" of its own metadata, each
    none where it has none), the JPEG, the thumbnail. Raises `PictureRefused` ("picture.format",
    "picture.mixed", "picture.animated", "picture.pixels", "picture.damaged")."""
    with warnings.catch_warnings():
        # Pillow warns of what is damaged; here that is refused or left out.
        warnings.simplefilter("ignore")
        image = _open(content)
        metadata = _metadata(image)
        whole = _scaled(image, SIDE)
        small = whole.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        while len(jpeg := _jpeg(whole)) > MOST_BYTES:
            whole.thumbnail((whole.width * 3 // 4, whole.height * 3 // 4))
    return {"width": whole.width, "height": whole.height, **metadata}, jpeg, _jpeg(small)


def _open(content: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, with words of our own
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except (OSError, ValueError, SyntaxError) as error:
        known = content[:3] == b"\xff\xd8\xff" or content[:8] == b"\x89PNG\r\n\x1a\n"
        raise PictureRefused("picture.damaged" if known else "picture.format") from error
    if any(pattern.search(content[where]) for pattern, where in OTHERS):
        raise PictureRefused("picture.mixed")
    if image.format in ("PNG", "WEBP") and getattr(image, "n_frames", 1) > 1:
        raise PictureRefused("picture.animated")
    if image.width * image.height > MOST_PIXELS:
        raise PictureRefused(
            "picture.pixels", width=image.width, height=image.height, most=MOST_PIXELS // 1_000_000
        )
    return image


def _scaled(image: Image.Image, side: int) -> Image.Image:
    """The picture the right way up and no larger than `side`; transparent parts become white."""
    image.draft("RGB", (side, side))
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((side, side))
        if upright.mode in ("RGB", "L"):
            return upright.convert("RGB")
        clear = upright.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    except (OSError, ValueError, SyntaxError, IndexError, ArithmeticError, EOFError) as error:
        raise PictureRefused("picture.damaged") from error


def _jpeg(image: Image.Image) -> bytes:
    """Pixels only, as fine as `MOST_BYTES` allow."""
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    for quality in QUALITIES:
        out = BytesIO()
        bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def _metadata(image: Image.Image) -> dict[str, Any]:
    """When (as the camera's clock showed it, with an offset where it says one) and where, EPSG:4326."""
    taken = lon = lat = None
    try:
        exif = image.getexif()
        camera, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        offset = str(camera.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
        taken = _moment(str(camera.get(ExifTags.Base.DateTimeOriginal, "")), offset)
        lat = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, b"S", 90)
        lon = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, b"W", 180)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError):
        pass  # metadata that cannot be read is none: the picture counts
    if lon is None or lat is None:
        lon = lat = None
    return {"taken": taken, "lon": lon, "lat": lat}


def _moment(text: str, offset: str) -> str | None:
    """ISO 8601 of "2026:11:29 19:31:05"."""
    found = re.match(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)", text)
    if found is None:
        return None
    known = offset if re.fullmatch(r"[+-]\d\d:\d\d", offset) else ""
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{known}"


def _degrees(gps: dict[int, Any], value: int, side: int, negative: bytes, most: int) -> float | None:
    if value not in gps:
        return None
    degrees = sum(float(part) / unit for part, unit in zip(gps[value], DEGREES))
    reference = str(gps.get(side, "")).encode()[:1]
    signed = -degrees if reference == negative else degrees
    return round(signed, 6) if -most <= signed <= most else None


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        known, whole, small = convert(sys.stdin.buffer.read())
        head: dict[str, Any] = {**known, "lengths": [len(whole), len(small)]}
    except PictureRefused as refused:
        head, whole, small = {"refused": refused.code, "parameters": refused.parameters}, b"", b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + whole + small)


if __name__ == "__main__":
    main()
