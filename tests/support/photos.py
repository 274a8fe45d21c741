"""Pictures for the tests, made with Pillow: what a phone sends, and what nobody should."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image

SECRET = b"SM-G998B serial 4242"


def photo(
    form: str = "JPEG", size: tuple[int, int] = (640, 480), exif: bool = True, **options: object
) -> bytes:
    """One half red, the other blue; with `exif` from a phone that writes when and where, and its serial
    number."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    out = BytesIO()
    if exif:
        options["exif"] = metadata(image)
    image.save(out, form, **options)
    return out.getvalue()


def metadata(image: Image.Image) -> Image.Exif:
    exif = image.getexif()
    exif[ExifTags.Base.Model] = SECRET.decode()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:28 19:31:05"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (51.0, 7.0, 48.36)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (71.0, 25.0, 48.0)
    return exif


def animated(form: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that would be gigabytes of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )
