"""What is said to residents and staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from services.contracts.vocabulary import Kind, values
from services.notification.domain.addresses import Channel
from services.notification.wording import SHIPPED, SMS_RESULT, Subject, read_wording, shortened

TEMPLATES = ("receipt", "assigned_resident", "assigned_staff", "invalid", "resolved")
WORDING = read_wording("https://linli.example/{number}")
SUBJECT = Subject(
    estate_name="锦绣花园",
    zone="Asia/Shanghai",
    number="TS-20261122-K7M2QP",
    kind="complaint",
    received_at=datetime(2026, 11, 22, 17, 5, tzinfo=UTC),
    result="电梯已修复，运行正常。",
)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", values(Kind))
def test_every_message_is_complete_in_both_languages(
    template: str, channel: Channel, language: str, kind: str
) -> None:
    text = WORDING.message(template, channel, language, replace(SUBJECT, kind=kind))

    assert SUBJECT.number in text.body
    assert SUBJECT.estate_name in text.body
    assert "{" not in text.body
    assert (text.title is not None) is (channel is Channel.EMAIL)


def test_a_short_message_is_signed_with_the_estate_as_chinese_providers_ask() -> None:
    text = WORDING.message("receipt", Channel.SMS, "zh", SUBJECT)

    assert text.body.startswith("【锦绣花园】您好，您于11月23日01:05提交的投诉已登记，编号TS-20261122-K7M2QP")


def test_times_are_in_the_zone_of_the_estate() -> None:
    text = WORDING.message("receipt", Channel.SMS, "en", replace(SUBJECT, zone="Asia/Urumqi"))

    assert "22 Nov 23:05" in text.body


def test_the_receipt_tells_where_to_see_progress_and_no_claim_code() -> None:
    text = WORDING.message("receipt", Channel.SMS, "zh", SUBJECT)

    assert "https://linli.example/TS-20261122-K7M2QP" in text.body
    assert "claim" not in SHIPPED.read_text(encoding="utf-8").lower()


def test_a_long_result_is_cut_in_a_short_message_only() -> None:
    subject = replace(SUBJECT, result="已更换主板。" * 40)

    assert "…" in WORDING.message("resolved", Channel.SMS, "zh", subject).body
    assert subject.result in WORDING.message("resolved", Channel.EMAIL, "zh", subject).body


def test_a_number_that_staff_wrote_into_the_result_is_masked() -> None:
    subject = replace(SUBJECT, result="已联系李师傅13812345678处理")

    for text in (WORDING.message("resolved", Channel.SMS, "zh", subject).body, WORDING.script("zh", subject)):
        assert "13812345678" not in text


def test_braces_in_a_result_are_not_read_as_a_template() -> None:
    subject = replace(SUBJECT, result="见{number}与{x}")

    assert "见{number}与{x}" in WORDING.script("zh", subject)


@pytest.mark.parametrize(
    ("result", "line"), [("已修好。", "已修好"), ("a\n b", "a b"), ("字" * 99, "字" * 59 + "…")]
)
def test_results_become_one_line(result: str, line: str) -> None:
    assert shortened(result) == line
    assert len(line) <= SMS_RESULT


def test_the_script_asks_for_one_of_the_three_answers() -> None:
    script = WORDING.script("zh", SUBJECT)

    assert "电梯已修复" in script
    assert "满意、基本满意，还是不满意" in script


def test_languages_of_one_message_use_the_same_placeholders() -> None:
    templates = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))

    for name, languages in templates["messages"].items():
        assert languages.keys() == {"zh", "en"}, name
        assert languages["zh"].keys() == languages["en"].keys() == {"subject", "sms", "email"}, name
