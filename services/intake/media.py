"""What a file really is, and what of it is kept: pictures are drawn anew, so nothing comes with them but what one sees."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

#: Pixels of the largest picture that is decoded; more would be a bomb, or a scan that belongs in a PDF.
MOST_PIXELS: Final = 50_000_000
#: Pixels of the longer side of what is kept; a photo of 12 million pixels stays as it is.
LONGEST_SIDE: Final = 4096

_PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PDF: Final = b"%PDF-"
_QUALITY: Final = 88


class UnknownKind(Exception):
    """The content is nothing that is kept."""


class TooManyPixels(Exception):
    """A picture that would need too much memory."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a file."""

    media_type: str
    content: bytes


def kept(content: bytes) -> Kept:
    """Tell by its content what a file is, and leave out what must not be kept: places, times and devices of photos.

    A PDF stays as it is: it may be evidence to the letter. Raises `UnknownKind`, `TooManyPixels`.
    """
    if content.startswith(_PDF):
        return Kept("application/pdf", content)
    try:
        with Image.open(io.BytesIO(content), formats=list(_PICTURES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels
            return _drawn_anew(picture, str(picture.format))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnknownKind from error


def _drawn_anew(picture: Image.Image, kind: str) -> Kept:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    opaque = kind == "JPEG" or not upright.has_transparency_data
    drawn = upright.convert("RGB" if opaque else "RGBA")
    drawn.info = {}
    made = io.BytesIO()
    drawn.save(made, kind, quality=_QUALITY)
    return Kept(_PICTURES[kind], made.getvalue())
