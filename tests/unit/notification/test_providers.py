"""What every provider keeps to."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from services.chassis.errors import Unavailable
from services.notification.domain.addresses import Channel
from services.notification.providers import Message, Provider, Refused
from services.notification.providers.log import LogProvider
from services.notification.providers.recording import RecordingProvider

MESSAGE = Message("linli-1", Channel.SMS, "+8613812345678", "【锦绣花园】您好")


@pytest.fixture(params=[LogProvider, RecordingProvider])
def provider(request: pytest.FixtureRequest) -> Provider:
    made: Provider = request.param()
    return made


def test_a_message_taken_over_has_a_receipt_without_its_address(provider: Provider) -> None:
    receipt = provider.send(MESSAGE)

    assert receipt.reference
    assert "13812345678" not in receipt.reference


def test_the_same_key_gives_the_same_receipt(provider: Provider) -> None:
    assert provider.send(MESSAGE) == provider.send(MESSAGE)


def test_no_provider_logs_an_address(provider: Provider) -> None:
    with capture_logs() as lines:
        provider.send(MESSAGE)

    assert "13812345678" not in str(lines)


def test_the_log_provider_writes_what_was_said_to_a_masked_recipient() -> None:
    with capture_logs() as lines:
        LogProvider().send(MESSAGE)

    assert lines == [
        {
            "event": "message_sent",
            "log_level": "info",
            "key": "linli-1",
            "channel": "sms",
            "recipient": "138****5678",
            "title": None,
            "text": "【锦绣花园】您好",
        }
    ]


@pytest.mark.parametrize("fault", [Unavailable(), Refused("number_barred")])
def test_the_recording_provider_fails_on_order_and_has_then_taken_nothing_over(fault: Exception) -> None:
    def fail(_: Message) -> None:
        raise fault

    provider = RecordingProvider(before=fail)

    with pytest.raises(type(fault)):
        provider.send(MESSAGE)
    assert provider.messages == []
    assert provider.calls == [MESSAGE]
