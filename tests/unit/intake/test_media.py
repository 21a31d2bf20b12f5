"""What is kept of a file: told by its content, without what a photo says of its maker, and no bombs."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from services.intake.media import LONGEST_SIDE, TooManyPixels, UnknownKind, kept


def picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **others: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "red").save(made, kind, **others)
    return made.getvalue()


def photo() -> bytes:
    """Taken lying on its side, at a place, by a device, with a remark."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CANARY-MAKER"
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif, comment=b"CANARY-REMARK", icc_profile=b"CANARY-PROFILE")


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_picture_is_known_by_its_content(kind: str, media_type: str) -> None:
    found = kept(picture(kind))

    assert found.media_type == media_type
    with Image.open(io.BytesIO(found.content)) as image:
        assert (image.format, image.size) == (kind, (60, 40))


def test_nothing_comes_with_a_photo_but_what_one_sees() -> None:
    found = kept(photo())

    assert b"CANARY" not in found.content
    with Image.open(io.BytesIO(found.content)) as image:
        assert dict(image.getexif()) == {}
        assert image.size == (40, 60)


def test_what_is_clear_stays_clear() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(made, "PNG")

    with Image.open(io.BytesIO(kept(made.getvalue()).content)) as image:
        assert image.getpixel((0, 0)) == (255, 0, 0, 0)


def test_a_larger_picture_is_made_smaller() -> None:
    with Image.open(io.BytesIO(kept(picture("JPEG", (6000, 3000))).content)) as image:
        assert image.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_a_pdf_stays_as_it_is() -> None:
    assert kept(b"%PDF-1.7 a letter").content == b"%PDF-1.7 a letter"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"PK\x03\x04",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        picture("JPEG")[:200],
        picture("PNG")[:60],
        b"\xff\xd8\xff" + bytes(100),
    ],
    ids=str,
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(UnknownKind):
        kept(content)


@pytest.mark.parametrize("side", [8_000, 30_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_drawn(side: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")

    with pytest.raises(TooManyPixels):
        kept(bomb)
