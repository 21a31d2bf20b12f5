"""Settings are read once, wholly, and say all that is wrong at once."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import pytest

from services.chassis.settings import CommonSettings, SettingsError, load, setting


@dataclass(frozen=True)
class ParcelSettings(CommonSettings):
    database_url: str = setting("PARCELS_DATABASE_URL", secret=True)
    couriers: tuple[str, ...] = setting("PARCELS_COURIERS", ())
    strict: bool = setting("PARCELS_STRICT", False)


COMPLETE = {"LINLI_JWKS_FILE": "/keys/jwks.json", "PARCELS_DATABASE_URL": "postgresql://secret@db/parcels"}


def test_what_is_given_is_read_by_type_and_the_rest_has_defaults() -> None:
    settings = load(ParcelSettings, {**COMPLETE, "PARCELS_COURIERS": "sf,yto", "PARCELS_STRICT": "true"})

    assert settings.jwks_file == Path("/keys/jwks.json")
    assert settings.couriers == ("sf", "yto")
    assert settings.strict is True
    assert settings.amqp_url is None
    assert settings.zone == "Asia/Shanghai"


def test_every_missing_or_malformed_variable_is_named_at_once() -> None:
    environ = {"LINLI_HTTP_PORT": "eighty", "LINLI_ZONE": "Mars/Olympus", "LINLI_LOG_LEVEL": "LOUD"}

    with pytest.raises(SettingsError) as raised:
        load(ParcelSettings, environ)

    assert set(raised.value.problems) == {
        "LINLI_JWKS_FILE",
        "PARCELS_DATABASE_URL",
        "LINLI_HTTP_PORT",
        "LINLI_ZONE",
        "LINLI_LOG_LEVEL",
    }
    assert "PARCELS_DATABASE_URL" in str(raised.value)


def test_an_empty_variable_counts_as_not_set() -> None:
    with pytest.raises(SettingsError, match="PARCELS_DATABASE_URL"):
        load(ParcelSettings, {**COMPLETE, "PARCELS_DATABASE_URL": ""})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://from-file\n")

    settings = load(ParcelSettings, {"LINLI_JWKS_FILE": "jwks.json", "PARCELS_DATABASE_URL_FILE": str(file)})

    assert settings.database_url == "postgresql://from-file"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    environ = {"LINLI_JWKS_FILE": "jwks.json", "PARCELS_DATABASE_URL_FILE": str(tmp_path / "none")}

    with pytest.raises(SettingsError) as raised:
        load(ParcelSettings, environ)

    assert set(raised.value.problems) == {"PARCELS_DATABASE_URL"}


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keep one"):
        load(ParcelSettings, {**COMPLETE, "PARCELS_DATABASE_URL_FILE": str(tmp_path / "url")})


def test_only_secrets_are_read_from_files(tmp_path: Path) -> None:
    file = tmp_path / "level"
    file.write_text("DEBUG")

    assert load(ParcelSettings, {**COMPLETE, "LINLI_LOG_LEVEL_FILE": str(file)}).log_level == "INFO"


def test_secrets_do_not_show_and_nothing_can_be_changed() -> None:
    settings = load(ParcelSettings, {**COMPLETE, "LINLI_AMQP_URL": "amqp://me:secret@mq/"})

    assert "secret" not in repr(settings)
    with pytest.raises(FrozenInstanceError):
        settings.zone = "UTC"  # type: ignore[misc]
