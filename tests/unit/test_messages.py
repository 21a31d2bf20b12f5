"""Every error a service raises has its text in both languages."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import services
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES
from services.chassis.testing.messages import codes_in

ROOT = Path(services.__file__).parent
WITH_MESSAGES = sorted(
    path.parent.name for path in ROOT.glob("*/messages.py") if path.parent.name != "chassis"
)


def test_the_chassis_has_a_text_for_each_code_it_raises() -> None:
    assert codes_in(ROOT / "chassis") - MESSAGES.keys() == set()


@pytest.mark.parametrize("service", WITH_MESSAGES)
def test_a_service_has_a_text_for_each_code_it_raises(service: str) -> None:
    own = importlib.import_module(f"services.{service}.messages").MESSAGES
    translator = Translator(MESSAGES, own)

    assert {code for code in codes_in(ROOT / service) if not translator.knows(code)} == set()
