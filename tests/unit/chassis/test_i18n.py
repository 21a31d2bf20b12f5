"""Every text exists in both languages with the same placeholders."""

from __future__ import annotations

import inspect

import marshmallow.fields
import marshmallow.validate
import pytest

from services.chassis import messages
from services.chassis.errors import POLICY
from services.chassis.http import errors as http_errors
from services.chassis.http import fields as our_fields
from services.chassis.i18n import CatalogueError, Message, Translator, placeholders
from services.chassis.validation_messages import CHINESE, translate_validation

#: Fields of marshmallow that no request of ours has, or whose message depends on their parameters.
UNUSED = {"IP", "IPv4", "IPv6", "IPInterface", "IPv4Interface", "IPv6Interface", "Enum", "Pluck", "Constant"}


def test_a_text_is_filled_in_the_language_asked_for() -> None:
    translator = Translator({"lost": {"zh": "{number} 丢失", "en": "{number} is lost"}})

    assert translator.text("lost", number="{x}") == "{x} 丢失"
    assert translator.text("lost", "en", number=3) == "3 is lost"


@pytest.mark.parametrize(
    "texts",
    [{"zh": "丢失"}, {"zh": "{a}", "en": "{b}"}, {"zh": "丢失", "en": "lost", "fr": "perdu"}],
)
def test_an_incomplete_catalogue_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(CatalogueError, match="lost"):
        Translator({"lost": texts})


def test_a_key_may_not_be_given_twice() -> None:
    catalogue = {"lost": {"zh": "丢失", "en": "lost"}}

    with pytest.raises(CatalogueError, match="given twice"):
        Translator(catalogue, catalogue)


def test_the_chassis_has_a_text_for_every_error_of_its_own() -> None:
    translator = Translator(messages.MESSAGES)
    edge = [
        kind
        for _, kind in inspect.getmembers(http_errors, inspect.isclass)
        if kind.__module__ == http_errors.__name__
    ]

    codes = {kind.default_code for kind in [*POLICY, *edge] if kind is not http_errors.HttpError}

    assert {code for code in codes if not translator.knows(code)} == set()


def test_every_validator_message_has_a_chinese_counterpart_with_the_same_placeholders() -> None:
    templates = set(_messages_of_fields()) | set(_messages_of_validators())

    assert {template for template in templates if template not in CHINESE} == set()
    assert {
        english for english, chinese in CHINESE.items() if placeholders(english) != placeholders(chinese)
    } == set()


def test_a_validator_message_with_values_is_recognised() -> None:
    assert translate_validation("Length must be between 1 and 10000.", "zh") == "长度应在 1 与 10000 之间。"
    assert translate_validation("Must be one of: web, app.", "zh") == "必须是以下之一：web, app。"
    assert translate_validation("Must be one of: web, app.", "en") == "Must be one of: web, app."


def test_an_unknown_message_is_passed_on() -> None:
    assert translate_validation("Hm.", "zh") == "Hm."


def _messages_of_fields() -> list[str]:
    found = []
    for module in (marshmallow.fields, our_fields):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, marshmallow.fields.Field) and name not in UNUSED:
                texts = getattr(kind, "default_error_messages", {})
                # The messages of temporal fields are filled in twice; ours is Instant.
                found += [
                    text
                    for text in texts.values()
                    if "{obj_type}" not in text and "cannot be formatted" not in text
                ]
    return found


def _messages_of_validators() -> list[str]:
    names = ("default_message", "message_min", "message_max", "message_all", "message_equal")
    kinds = [kind for _, kind in inspect.getmembers(marshmallow.validate, inspect.isclass)]
    found = [
        getattr(kind, name) for kind in kinds for name in names if isinstance(getattr(kind, name, None), str)
    ]
    # Range says "Must be {min_op} {{min}}."; it is filled in twice.
    return [text for text in found if "_op}" not in text]


def test_a_parameter_may_itself_be_told_in_the_language_of_the_reader() -> None:
    translator = Translator(
        {
            "stuck": {"zh": "状态为{status}，可以{allowed}。", "en": "It is {status}; possible: {allowed}."},
            "open": {"zh": "待派单", "en": "open"},
            "accept": {"zh": "接单", "en": "accept"},
            "transfer": {"zh": "转派", "en": "transfer"},
        }
    )
    params = {"status": Message("open"), "allowed": (Message("accept"), Message("transfer"))}

    assert translator.text("stuck", "zh", **params) == "状态为待派单，可以接单、转派。"
    assert translator.text("stuck", "en", **params) == "It is open; possible: accept, transfer."
