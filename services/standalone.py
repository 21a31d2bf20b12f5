"""Linli embedded: all four services, their database and their queues in one process on 127.0.0.1 (DESIGN §3)."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.analytics.app import SERVICE as ANALYTICS
from services.chassis import logs
from services.chassis.auth.keys import new_key_set, public, read_key_set, write_key_set
from services.chassis.cli import ENV_FILE, own_settings, process_variables
from services.chassis.http.app import create_app
from services.chassis.http.dispatch import dispatch
from services.chassis.http.server import Server, serve
from services.chassis.migrations import migrate
from services.chassis.platform import Process, ServiceDefinition, conninfo, platform
from services.chassis.process import Running, worker_threads
from services.chassis.servers.daemon import Daemon, port_is_free, wait_for
from services.chassis.servers.files import kept_secret
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries
from services.chassis.settings import SettingsError, load, setting
from services.chassis.sql import connect
from services.chassis.transport import Transport
from services.chassis.transport.postgres import PostgresTransport
from services.contracts.catalogue import CATALOGUE
from services.intake.app import SERVICE as INTAKE
from services.notification.app import SERVICE as NOTIFICATION
from services.routing.app import SERVICE as ROUTING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How long the processes of an installation that was killed may take to notice it.
_ENDING_SECONDS = 10.0

SERVICES: tuple[ServiceDefinition, ...] = (INTAKE, ROUTING, NOTIFICATION, ANALYTICS)


@dataclass(frozen=True)
class StandaloneSettings:
    """Where the embedded installation lives and listens; it never listens beyond this machine."""

    home: Path = setting("LINLI_HOME", Path(".linli"))
    port: int = setting("LINLI_HTTP_PORT", 8080)
    threads: int = setting("LINLI_HTTP_THREADS", 8)
    log_level: str = setting("LINLI_LOG_LEVEL", "WARNING")
    sample: bool = setting("LINLI_SAMPLE", True)


def queues(variables: Mapping[str, str]) -> PostgresTransport:
    """The queues of this shape, made where they are missing."""
    transport = PostgresTransport(conninfo(variables["LINLI_TRANSPORT_DATABASE_URL"]), CATALOGUE.bindings())
    transport.create()
    return transport


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Run all of Linli on 127.0.0.1 until Ctrl-C. | 在本机运行全部服务。"""
    try:
        run_all(own_settings(StandaloneSettings, ctx), process_variables(ctx))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def run_all(
    settings: StandaloneSettings,
    given: Mapping[str, str],
    transport: Callable[[Mapping[str, str]], Transport] = queues,
) -> None:
    """Start the database and serve until Ctrl-C; `transport` is made of all variables. Raises SettingsError."""
    home = settings.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    claim = claimed(home, settings.port)
    postgres = PostgresServer(home / "postgres", embedded_binaries())
    postgres.start()
    try:
        derived = variables_of(postgres, home, settings.port)
        write_variables(home / ENV_FILE.name, derived)
        variables = {**given, **derived}
        logs.configure(settings.log_level, (home / "linli.log").open("a", encoding="utf-8"))
        for definition in SERVICES:
            bring_up_to_date(definition, variables)
        serve_all(settings, home, variables, transport(variables))
    finally:
        postgres.stop()
        os.close(claim)


def claimed(home: Path, port: int, patience: float = _ENDING_SECONDS) -> int:
    """The lock of the installation in `home`, held while this process lives; its file tells `linli reset` who holds it.

    Waits up to `patience` seconds for each, as one that was killed may still be ending. Ends the command when `home` or
    `port` is another's.
    """
    earlier = Daemon(home, "run")
    if earlier.running():
        click.echo("等待上一次运行结束… | waiting for an earlier run to end…")
        wait_for(lambda: not earlier.running(), patience)
    claim = earlier.claim()
    if claim is None:
        raise click.ClickException(f"{home}: 已在运行 | runs already")
    if not wait_for(lambda: port_is_free(port), patience):
        raise click.ClickException(
            f"端口 {port} 已被占用，可用 LINLI_HTTP_PORT 另行指定 | port {port} is taken; LINLI_HTTP_PORT names another"
        )
    os.ftruncate(claim, 0)
    os.write(claim, f"{os.getpid()}\n".encode())
    return claim


def variables_of(postgres: PostgresServer, home: Path, port: int) -> dict[str, str]:
    """Make what the services need and is not there yet: databases, keys, secrets; returns their settings."""
    names = [definition.name for definition in SERVICES]
    for name in (*names, "transport"):
        postgres.create_database(f"linli_{name}")
    private, shown = home / "keys.json", home / "jwks.json"
    if not private.exists():
        write_key_set(private, new_key_set())
    write_key_set(shown, public(read_key_set(private)))
    return {
        **{f"LINLI_{name.upper()}_DATABASE_URL": postgres.url(f"linli_{name}") for name in names},
        "LINLI_TRANSPORT_DATABASE_URL": postgres.url("linli_transport"),
        "LINLI_JWKS_FILE": str(shown),
        "LINLI_SIGNING_KEYS_FILE": str(private),
        "LINLI_HOME": str(home),
        "LINLI_INTAKE_CLAIM_SECRET": kept_secret(home / "claim-secret", lambda: secrets.token_hex(32)),
        "LINLI_HTTP_PORT": str(port),
    }


def write_variables(file: Path, variables: Mapping[str, str]) -> None:
    """Keep the settings for commands typed beside the running system; they hold secrets."""
    file.touch(mode=0o600)
    lines = [f"{name}={value}" for name, value in sorted(variables.items())]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")


def bring_up_to_date(definition: ServiceDefinition, variables: Mapping[str, str]) -> None:
    """Migrate the database of one service."""
    settings = load(definition.settings, variables)
    engine = connect(settings.database_url, application=f"linli-{definition.name}-migrate")
    migrate(engine, definition.migrations)
    engine.dispose()


def serve_all(
    settings: StandaloneSettings, home: Path, variables: Mapping[str, str], transport: Transport
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    process = Process()
    running = Running(process)

    def make_app() -> WSGIApplication:
        return applications(process, running, transport, variables)

    def welcome() -> None:
        if settings.sample:
            command = [sys.executable, "-m", "services", "--env-file", str(home / ENV_FILE.name), "sample"]
            subprocess.Popen(command, stdin=subprocess.DEVNULL)

    serve(
        Server(
            make_app,
            "127.0.0.1",
            settings.port,
            threads=settings.threads,
            on_listening=welcome,
            on_start=running.start,
            on_leaving=running.leave,
            on_stop=running.stop,
        )
    )


def applications(
    process: Process, running: Running, transport: Transport, variables: Mapping[str, str]
) -> WSGIApplication:
    """The four HTTP applications behind one origin, their background threads handed to `running`."""
    apps: dict[str, Any] = {}
    contexts = []
    for definition in SERVICES:
        settings = load(definition.settings, variables)
        on = platform(definition, settings, process, role="standalone", alive=running.check)
        apps[definition.name] = definition.web(on, settings)
        running.add(worker_threads(definition, settings, on, transport))
        contexts.append(on)
    readiness = {"process": process.staying, **{on.service: on.database.ping for on in contexts}}
    base = contexts[0].context(readiness=readiness)
    return dispatch(apps, create_app("linli", [], context=base))
