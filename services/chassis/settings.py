"""Settings from environment variables: one frozen dataclass a service, built once, every variable on one line.

A service extends ``CommonSettings`` in its own ``settings.py`` and builds it with ``load``; nothing else reads
the environment.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environs import Env, EnvValidationError, ValidationError

#: Seconds from the request to end until a process has ended, whatever hangs in it.
GRACE_SECONDS = 25
#: Days that every inbox remembers: a broker may bring a log of days ago again (RELIABILITY, finding 2).
SHORTEST_INBOX_DAYS = 7
#: Days that every archive goes back: what a consumer lacks must still be there when it is noticed (DESIGN §2.12).
SHORTEST_ARCHIVE_DAYS = 30

S = TypeVar("S")

_VARIABLE = "variable"
_SECRET = "secret"  # noqa: S105
_CHECK = "check"


class SettingsError(Exception):
    """Variables are missing or malformed; ``problems`` maps each variable to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        lines = [f"  {variable}: {problem}" for variable, problem in sorted(self.problems.items())]
        super().__init__("\n".join(["cannot start with these settings:", *lines]))


def setting(
    variable: str,
    default: Any = dataclasses.MISSING,
    *,
    secret: bool = False,
    check: Callable[[Any], object] | None = None,
) -> Any:
    """Declare a field read from ``variable``; without a default it must be set.

    The field's type says how it is read: ``str``, ``int``, ``float``, ``bool``, ``Path`` or ``tuple[str, ...]``
    (comma separated), each also as ``| None``. A ``secret`` may be given as ``<variable>_FILE`` naming a file,
    and never appears in a ``repr``. ``check`` raises ``ValueError`` for a value that will not do.
    """
    metadata = {_VARIABLE: variable, _SECRET: secret, _CHECK: check}
    if default is dataclasses.MISSING:
        return dataclasses.field(repr=not secret, kw_only=True, metadata=metadata)
    return dataclasses.field(default=default, repr=not secret, kw_only=True, metadata=metadata)


def load(settings_class: type[S], environ: Mapping[str, str]) -> S:
    """Build ``settings_class`` from ``environ``. Raises ``SettingsError`` naming every variable that is wrong."""
    fields = dataclasses.fields(settings_class)  # type: ignore[arg-type]
    problems: dict[str, str] = {}
    given = {
        field.metadata[_VARIABLE]: text
        for field in fields
        if (text := _text_of(field, environ, problems)) is not None
    }
    env = _MappingEnv(given)
    hints = typing.get_type_hints(settings_class)
    values = {
        field.name: _read(env, field, hints[field.name])
        for field in fields
        if field.metadata[_VARIABLE] not in problems
    }
    try:
        env.seal()
    except EnvValidationError as error:
        problems.update(_first_messages(error))
    if problems:
        raise SettingsError(problems)
    return settings_class(**values)


def environment(variables: Mapping[str, str], file: Path) -> dict[str, str]:
    """`variables` over those in `file`, lines `NAME=value`, where there is such a file."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {**{name.strip(): value for name, _, value in pairs}, **variables}


class _MappingEnv(Env):
    """environs over a mapping that is passed in, telling all that is wrong when it is sealed."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._given = given

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, default)


def _text_of(
    field: dataclasses.Field[Any], environ: Mapping[str, str], problems: dict[str, str]
) -> str | None:
    variable = field.metadata[_VARIABLE]
    file = environ.get(f"{variable}_FILE") if field.metadata[_SECRET] else None
    if file:
        if environ.get(variable):
            problems[variable] = f"is set beside {variable}_FILE; keep one"
            return None
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems[variable] = f"its file cannot be read ({type(error).__name__})"
            return None
    # An empty variable is how compose files and charts spell "not set".
    return environ.get(variable) or None


def _read(env: Env, field: dataclasses.Field[Any], hint: Any) -> Any:
    readers: dict[Any, Callable[..., Any]] = {
        str: env.str,
        int: env.int,
        float: env.float,
        bool: env.bool,
        Path: env.path,
        tuple[str, ...]: env.list,
    }
    kind = next(
        each for each in (typing.get_args(hint) if hint not in readers else (hint,)) if each in readers
    )
    options: dict[str, Any] = {}
    if field.default is not dataclasses.MISSING:
        options["default"] = field.default
    if field.metadata[_CHECK] is not None:
        options["validate"] = _validator(field.metadata[_CHECK])
    value = readers[kind](field.metadata[_VARIABLE], **options)
    return tuple(value) if isinstance(value, list) else value


def _validator(check: Callable[[Any], object]) -> Callable[[Any], None]:
    def validate(value: Any) -> None:
        try:
            check(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    return validate


def _first_messages(error: EnvValidationError) -> dict[str, str]:
    messages = error.error_messages
    if not isinstance(messages, Mapping):
        return {"settings": str(messages)}
    return {variable: str(texts[0]) for variable, texts in messages.items()}


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError("is no time zone of the IANA database") from error


def _positive(number: float) -> None:
    if number <= 0:
        raise ValueError("must be greater than 0")


def _not_negative(number: float) -> None:
    if number < 0:
        raise ValueError("must not be less than 0")


def _ever_or_a_month(days: int) -> None:
    if days != 0 and days < SHORTEST_ARCHIVE_DAYS:
        raise ValueError(f"must be 0, for ever, or not less than {SHORTEST_ARCHIVE_DAYS}")


def _a_week(days: int) -> None:
    if days < SHORTEST_INBOX_DAYS:
        raise ValueError(f"must not be less than {SHORTEST_INBOX_DAYS}")


def _log_level(name: str) -> None:
    if name not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")


def _language(name: str) -> None:
    if name not in {"zh", "en"}:
        raise ValueError("must be zh or en")


#: How long a handler may take (DESIGN §2.7).
HANDLER_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class CommonSettings:
    """What all services are told alike.

    Instead of at its host and port, a process answers at `http_socket`, the descriptor of a listening socket it inherited.

    It ends within `grace_seconds` of SIGTERM, of which `web` takes requests for `drain_seconds` still, so that those who
    send them notice. Kubernetes' `terminationGracePeriodSeconds` must be longer: the grace, a `preStop` hook's time, and 5 s.
    """

    jwks_file: Path = setting("LINLI_JWKS_FILE")
    amqp_url: str | None = setting("LINLI_AMQP_URL", None, secret=True)
    log_level: str = setting("LINLI_LOG_LEVEL", "INFO", check=_log_level)
    zone: str = setting("LINLI_ZONE", "Asia/Shanghai", check=_known_zone)
    language: str = setting("LINLI_LANGUAGE", "zh", check=_language)
    http_host: str = setting("LINLI_HTTP_HOST", "127.0.0.1")
    http_port: int = setting("LINLI_HTTP_PORT", 8080, check=_positive)
    http_socket: int | None = setting("LINLI_HTTP_SOCKET", None, check=_positive)
    http_threads: int = setting("LINLI_HTTP_THREADS", 8, check=_positive)
    http_most_waiting: int = setting("LINLI_HTTP_MOST_WAITING", 32, check=_not_negative)
    trusted_proxies: int = setting("LINLI_TRUSTED_PROXIES", 0)
    batch_size: int = setting("LINLI_BATCH_SIZE", 100, check=_positive)
    batch_seconds: float = setting("LINLI_BATCH_SECONDS", 0.001, check=_not_negative)
    prefetch: int = setting("LINLI_PREFETCH", 200, check=_positive)
    handler_seconds: float = setting("LINLI_HANDLER_SECONDS", HANDLER_SECONDS, check=_positive)
    relay_batch_size: int = setting("LINLI_RELAY_BATCH_SIZE", 200, check=_positive)
    archive_days: int = setting("LINLI_ARCHIVE_DAYS", 0, check=_ever_or_a_month)
    inbox_days: int = setting("LINLI_INBOX_DAYS", 90, check=_a_week)
    seal_seconds: float = setting("LINLI_SEAL_SECONDS", 3600.0, check=_positive)
    seal_margin_seconds: float = setting("LINLI_SEAL_MARGIN_SECONDS", 60.0, check=_positive)
    grace_seconds: int = setting("LINLI_GRACE_SECONDS", GRACE_SECONDS, check=_positive)
    drain_seconds: float = setting("LINLI_DRAIN_SECONDS", 5.0, check=_not_negative)
