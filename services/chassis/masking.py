"""Masking of personal numbers in free text: telephones, e-mail addresses, Chinese id numbers (DESIGN §2.8).

Regular expressions instead of ``phonenumbers``' matcher: this runs over every complaint and every line of the
log. In doubt a number is masked, but dates, amounts, rooms, case numbers and UUIDs stay.
"""

from __future__ import annotations

import re

MASK = "***"

#: One character for one, so that what is found in the plain copy has the same place in the original.
_PLAIN = str.maketrans(
    "０１２３４５６７８９＋－（）＠．Ｘｘ‐‑‒–—―−\u3000\u00a0",
    "0123456789+-()@.Xx-------  ",
)

#: Text without any of these holds nothing to mask; most text leaves here.
_SUSPICIOUS = re.compile(r"@|\d(?:\D{0,3}\d){6}", re.ASCII)

_SEP = r"[ \t.·-]{0,3}"

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DIGEST = r"\b[0-9a-f]{32,64}\b"

_EMAIL = (
    r"(?:[A-Za-z0-9._%+-]{1,64}|[\u4e00-\u9fff]{1,10})"
    r"@[A-Za-z0-9\u4e00-\u9fff-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
)

_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_18 = rf"(?<!\d)[1-9]\d{{5}}{_SEP}(?:18|19|20)\d\d{_DAY}{_SEP}\d{{3}}[\dXx](?!\d)"
_ID_15 = rf"(?<!\d)[1-9]\d{{5}}{_SEP}\d\d{_DAY}{_SEP}\d{{3}}(?!\d)"

_MOBILE = (
    rf"(?<!\d)(?:(?:\+|00)?86{_SEP})?"
    rf"(?:1[3-9]\d{_SEP}(?:\d{{4}}{_SEP}\d{{4}}|\d{{3}}{_SEP}\d{{5}})"
    rf"|1[3-9]\d\d{_SEP}\d{{3}}{_SEP}\d{{4}}|1[3-9]\d{{3}}{_SEP}\d{{6}})(?!\d)"
)
_EXTENSION = r"(?:[ \t]?(?:转|分机|ext\.?|-)[ \t]?\d{1,6}(?!\d))?"
_LANDLINE = (
    rf"(?<![\d.])\(?0(?:10|2\d|[3-9]\d\d)\)?{_SEP}\d{{3,4}}{_SEP}\d{{4}}(?!\d){_EXTENSION}"
    # Without the area code only after a word that says what the number is: it looks like a date.
    r"|(?P<label>(?:电话|座机|固话|热线|号码|[Tt]el|TEL|[Pp]hone)[ \t:：.是为]{0,3})"
    rf"[2-9]\d{{2,3}}{_SEP}\d{{4}}(?!\d){_EXTENSION}"
)
_SERVICE = rf"(?<!\d)[48]00{_SEP}\d{{3,4}}{_SEP}\d{{3,4}}(?!\d|\.\d)"
_INTERNATIONAL = r"(?:(?<!\d)\+|(?<![\d:.,])00)[1-9](?:[ \t.()-]{0,3}\d){6,14}(?!\d)"

_PERSONAL = re.compile(
    f"(?P<keep>{_UUID}|{_DIGEST})|{_EMAIL}|{_ID_18}|{_MOBILE}|{_ID_15}|{_LANDLINE}|{_SERVICE}|{_INTERNATIONAL}",
    re.ASCII,
)


def mask(text: str) -> str:
    """Return ``text`` with every telephone, e-mail address and id number replaced by ``***``."""
    plain = text if text.isascii() else text.translate(_PLAIN)
    if not _SUSPICIOUS.search(plain):
        return text
    pieces: list[str] = []
    done = 0
    for found in _PERSONAL.finditer(plain):
        if found["keep"]:
            continue
        start = found.end("label") if found["label"] else found.start()
        pieces += (text[done:start], MASK)
        done = found.end()
    return "".join([*pieces, text[done:]]) if pieces else text
