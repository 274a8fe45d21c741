"""A picture that is sent becomes a picture that is kept: pixels only, bounded, and nothing else gets in."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.errors import InvalidInput
from geo.pictures import decode, intake
from geo.pictures.decode import MOST_BYTES, SIDE, THUMBNAIL, PictureRefused
from tests.support.photos import SECRET, animated, bomb, photo

ASTANA = ZoneInfo("Asia/Almaty")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
JPEG = photo()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_it_is_made_anew_upright_bounded_and_says_nothing_of_who_took_it(form: str) -> None:
    sent = photo(form, (3000, 2000))
    assert SECRET in sent
    kept = intake.prepare(sent, ASTANA)
    for jpeg, longest in ((kept.whole, SIDE), (kept.thumbnail, THUMBNAIL)):
        image = Image.open(BytesIO(jpeg))
        assert (image.format, max(image.size), len(image.getexif())) == ("JPEG", longest, 0)
        assert image.height > image.width, "it was taken upright"
        assert SECRET not in jpeg and b"Exif" not in jpeg and len(jpeg) <= MOST_BYTES
    assert (kept.width, kept.height) == Image.open(BytesIO(kept.whole)).size
    assert kept.taken_at == datetime(2026, 11, 28, 14, 31, 5, tzinfo=UTC)
    assert (kept.lon, kept.lat) == (71.43, 51.1301)


def test_what_is_hard_to_compress_is_bounded_too() -> None:
    noise = Image.effect_noise((2048, 2048), 120).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    _, whole, _ = decode.convert(out.getvalue())
    assert len(out.getvalue()) > MOST_BYTES >= len(whole)


def test_a_clear_ground_becomes_white_and_grey_stays() -> None:
    for mode, colour in (("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("L", 255), ("P", 0), ("I;16", 65535)):
        out = BytesIO()
        Image.new(mode, (20, 20), colour).save(out, "PNG")
        assert decode.convert(out.getvalue())[0]["width"] == 20, mode
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(BytesIO(decode.convert(out.getvalue())[1])).getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture.format"),
        (SVG, "picture.format"),
        (b"%PDF-1.7 ...", "picture.format"),
        (b"PK\x03\x04 a zip", "picture.format"),
        (animated("GIF"), "picture.format"),
        (photo("TIFF", exif=False), "picture.format"),
        (animated("PNG"), "picture.animated"),
        (animated("WEBP"), "picture.animated"),
        (bomb(), "picture.pixels"),
        (bomb(7000, 7000), "picture.damaged"),
        (JPEG[: len(JPEG) // 2], "picture.damaged"),
        (JPEG[:40], "picture.damaged"),
        (photo("PNG")[:600], "picture.damaged"),
        (JPEG + b"<script>alert(1)</script>", "picture.mixed"),
        (JPEG + b"<?php system($_GET[0]); ?>", "picture.mixed"),
        (JPEG + b"PK\x05\x06" + bytes(18), "picture.mixed"),
        (photo(exif=False, comment=b"%PDF-1.7"), "picture.mixed"),
    ],
)
def test_what_is_no_plain_picture_is_refused_by_what_it_is(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput, match=code.replace(".", r"\.")):
        intake.prepare(content, ASTANA)


def test_a_decoder_that_dies_or_hangs_is_a_picture_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "DECODER", "/dev/null/none.py")
    with pytest.raises(InvalidInput, match=r"picture\.damaged"):
        intake.prepare(JPEG, ASTANA)


FORMS = {form: photo(form, (64, 48)) for form in ("JPEG", "PNG", "WEBP")}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.tuples(st.integers(0, 2**16), st.binary(max_size=9)), max_size=8),
)
def test_whatever_becomes_of_its_bytes_it_is_a_clean_picture_or_a_refusal(
    form: str, changes: list[tuple[int, bytes]]
) -> None:
    content = FORMS[form]
    for index, piece in changes:
        at = index % len(content)
        content = content[:at] + piece + content[at + len(piece) :]
    try:
        known, whole, small = decode.convert(content)
    except PictureRefused as refused:
        assert refused.code.startswith("picture.")
        return
    for jpeg in (whole, small):
        image = Image.open(BytesIO(jpeg))
        image.load()
        assert image.format == "JPEG" and not image.getexif()
    assert (known["lon"] is None) == (known["lat"] is None)


@pytest.mark.parametrize(
    ("taken", "is_kept"),
    [
        ("2026-11-28T19:31:05", True),
        ("2026-11-28T19:31:05+05:00", True),
        ("2026-13-40T99:00:00", False),
        (None, False),
    ],
)
def test_a_time_that_there_is_not_is_none(taken: str | None, is_kept: bool) -> None:
    assert (intake._moment(taken, ASTANA) is not None) == is_kept
