"""The broker and the database server: those named in the environment, else private ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import click

from services.chassis.servers import rabbitmq
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import OLDEST_MAJOR, installed_binaries
from services.chassis.servers.rabbitmq import RabbitServer
from services.onemachine.settings import OneMachineSettings

_RABBITMQ_MISSING = (
    "缺少 RabbitMQ：请安装软件包 rabbitmq-server，或设置 LINLI_AMQP_URL 与 LINLI_RABBITMQ_MANAGEMENT_URL。\n"
    "RabbitMQ is missing: install the package rabbitmq-server, or set LINLI_AMQP_URL and LINLI_RABBITMQ_MANAGEMENT_URL."
)
_POSTGRES_MISSING = (
    f"缺少 PostgreSQL（≥ {OLDEST_MAJOR}）：请安装软件包 postgresql，或设置 LINLI_POSTGRES_URL。\n"
    f"PostgreSQL (>= {OLDEST_MAJOR}) is missing: install the package postgresql, or set LINLI_POSTGRES_URL."
)
_HALF_A_BROKER = (
    "请同时设置 LINLI_AMQP_URL 与 LINLI_RABBITMQ_MANAGEMENT_URL，或两者都不设置。\n"
    "Set both LINLI_AMQP_URL and LINLI_RABBITMQ_MANAGEMENT_URL, or neither."
)


@dataclass(frozen=True)
class Servers:
    """The private servers that are needed, and the settings that name the others."""

    settings: OneMachineSettings
    rabbit: RabbitServer | None
    postgres: PostgresServer | None

    def private(self) -> dict[str, RabbitServer | PostgresServer]:
        """The servers that are ours to start, watch and stop."""
        ours = {"rabbitmq": self.rabbit, "postgres": self.postgres}
        return {name: server for name, server in ours.items() if server is not None}

    def amqp_url(self, user: str, password: str) -> str:
        """The broker as this user of it reaches it. A private broker must have been started."""
        given = urlsplit(self.rabbit.amqp_url() if self.rabbit else self.settings.amqp_url or "")
        address = given.netloc.rpartition("@")[2]
        vhost = quote(self.settings.vhost, safe="")
        return given._replace(
            netloc=f"{user}:{quote(password, safe='')}@{address}", path=f"/{vhost}"
        ).geturl()

    def management_url(self) -> str:
        """The broker's management interface with the credentials of an administrator."""
        if self.rabbit is None:
            return self.settings.management_url or ""
        bare = urlsplit(self.rabbit.management_url)
        return bare._replace(netloc=f"{self.rabbit.user}:{self.rabbit.password}@{bare.netloc}").geturl()

    def postgres_url(self) -> str:
        """The database server as its administrator reaches it."""
        return self.postgres.url("postgres") if self.postgres else self.settings.postgres_url or ""


def needed(settings: OneMachineSettings) -> Servers:
    """The servers for these settings, none started yet. Ends the command with the names of packages that are missing."""
    problems = list(_problems(settings))
    if problems:
        raise click.ClickException("\n".join(problems))
    rabbit, postgres = private(settings.folder)
    return Servers(
        settings,
        None if settings.amqp_url else rabbit,
        None if settings.postgres_url else postgres,
    )


def private(folder: Path) -> tuple[RabbitServer, PostgresServer]:
    """The private servers of an installation, whether they were ever started or not."""
    binaries = installed_binaries() or Path()
    return RabbitServer(folder / "rabbitmq"), PostgresServer(folder / "postgres", binaries, listen_tcp=True)


def _problems(settings: OneMachineSettings) -> Iterator[str]:
    if bool(settings.amqp_url) != bool(settings.management_url):
        yield _HALF_A_BROKER
    elif not settings.amqp_url and not rabbitmq.installed():
        yield _RABBITMQ_MISSING
    if not settings.postgres_url and installed_binaries() is None:
        yield _POSTGRES_MISSING
