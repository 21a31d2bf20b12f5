"""Fills the templates: what a message or a caller says, in the receiver's language and the estate's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from services.chassis.masking import mask
from services.notification.domain.addresses import Channel

SHIPPED = Path(__file__).parent / "templates" / "messages.yaml"

#: Characters of a result that a short message holds; the whole stands under the link and in the e-mail.
SMS_RESULT = 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Subject:
    """What a text is about. Instants are aware; `zone` is the IANA name of the estate's zone.

    `clock` is the code of a clock and `due_at` when it is due, in messages about one.
    """

    estate_name: str
    zone: str
    number: str
    kind: str
    received_at: datetime
    result: str = ""
    clock: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Text:
    """A rendered message; `title` is the subject line of an e-mail, None elsewhere."""

    body: str
    title: str | None = None


class Wording:
    """The templates of one file, and the address at which residents see progress (`{number}` in it is filled)."""

    def __init__(self, templates: Mapping[str, Any], progress_url: str) -> None:
        self._templates = templates
        self._progress_url = progress_url

    def message(self, template: str, channel: Channel, language: str, subject: Subject) -> Text:
        """A message to a resident or a member of staff. Raises `KeyError` for an unknown template."""
        texts = self._templates["messages"][template][language]
        values = self._values(language, subject)
        if channel is Channel.EMAIL:
            return Text(texts["email"].format(**values), texts["subject"].format(**values))
        return Text(texts["sms"].format(**{**values, "result": shortened(values["result"])}))

    def script(self, language: str, subject: Subject) -> str:
        """What the person says who calls back."""
        text: str = self._templates["callback"][language]
        return text.format(**self._values(language, subject))

    def _values(self, language: str, subject: Subject) -> dict[str, str]:
        return {
            "estate": subject.estate_name,
            "number": subject.number,
            "kind": self._templates["kinds"][subject.kind][language],
            "received": local_time(subject.received_at, subject.zone, language),
            "clock": self._templates["clocks"][subject.clock][language] if subject.clock else "",
            "due": local_time(subject.due_at, subject.zone, language) if subject.due_at else "",
            "progress": self._progress_url.format(number=subject.number),
            # Staff may have written a number into it.
            "result": mask(subject.result),
        }


def read_wording(progress_url: str, file: Path = SHIPPED) -> Wording:
    """The wording in `file`."""
    return Wording(yaml.safe_load(file.read_text(encoding="utf-8")), progress_url)


def local_time(instant: datetime, zone: str, language: str) -> str:
    """Day and time in the estate's zone: `11月22日12:05`, `22 Nov 12:05`."""
    local = instant.astimezone(ZoneInfo(zone))
    clock = f"{local.hour:02}:{local.minute:02}"
    if language == "zh":
        return f"{local.month}月{local.day}日{clock}"
    return f"{local.day} {_MONTHS[local.month - 1]} {clock}"


def shortened(result: str) -> str:
    """A result in one line of at most `SMS_RESULT` characters, without its full stop."""
    line = " ".join(result.split()).rstrip("。.")
    return line if len(line) <= SMS_RESULT else f"{line[: SMS_RESULT - 1]}…"
