"""The colours of a picture of the screen, counted in the browser that took it."""

from __future__ import annotations

import base64

from playwright.sync_api import Page

LIKE_AN_ALARM = """most > 0 && span / most > 0.5 && r === most
    && ((g - b) / span) * 60 >= -20 && ((g - b) / span) * 60 <= 50"""
"""A colour from red (a hue of 340 degrees) to amber (50) with an HSV saturation over a half."""


def near(red: int, green: int, blue: int, most: int = 24) -> str:
    """The condition that a pixel has this colour, but for `most` in each channel."""
    return " && ".join(
        f"Math.abs({name} - {value}) < {most}" for name, value in zip("rgb", (red, green, blue), strict=True)
    )


def count_pixels(page: Page, picture: bytes, condition: str) -> tuple[int, int]:
    """How many pixels of a PNG meet a condition in JavaScript on `r`, `g`, `b` (0 to 255), their `most`
    and their `span`; and how many there are."""
    n, all_ = page.evaluate(
        f"""async (picture) => {{
            const image = new Image();
            image.src = `data:image/png;base64,${{picture}}`;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height), ctx = canvas.getContext('2d');
            ctx.drawImage(image, 0, 0);
            const pixels = ctx.getImageData(0, 0, image.width, image.height).data;
            let n = 0;
            for (let i = 0; i < pixels.length; i += 4) {{
                const [r, g, b] = [pixels[i], pixels[i + 1], pixels[i + 2]];
                const most = Math.max(r, g, b), span = most - Math.min(r, g, b);
                if ({condition}) n += 1;
            }}
            return [n, image.width * image.height];
        }}""",
        base64.b64encode(picture).decode(),
    )
    return n, all_
