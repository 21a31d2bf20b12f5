"""The command `linli`: every service hangs its commands below it by the entry points `linli.commands`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

import click
import psycopg
from sqlalchemy.exc import OperationalError

from services.chassis import logs
from services.chassis.errors import Unavailable
from services.chassis.migrations import migrate, pending
from services.chassis.platform import ServiceDefinition
from services.chassis.process import run_web, run_worker
from services.chassis.servers.daemon import ServerError
from services.chassis.settings import SettingsError, environment, load
from services.chassis.sql import connect
from services.chassis.transport.rabbitmq import RabbitTransport

#: Written by `linli run` and by `linli up`, so that commands typed beside them find their databases.
ENV_FILE = Path(".linli/env")
UP_ENV_FILE = Path(".linli/up/env")
_PROCESS = "linli.process"
S = TypeVar("S")


class Commands(click.Group):
    """Commands of all installed services, each loaded when it is asked for: an image holds only its own service."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands that can be loaded here."""
        return sorted(name for name in _entry_points() if self.get_command(ctx, name) is not None)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, None where its service is not part of this image."""
        entry = _entry_points().get(cmd_name)
        if entry is None:
            return None
        try:
            command = entry.load()
        except ModuleNotFoundError as error:
            if error.name and entry.module.startswith(error.name):
                return None
            raise
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a server that does not answer or start ends it with a sentence."""
        try:
            return super().invoke(ctx)
        except (OperationalError, psycopg.OperationalError, Unavailable) as error:
            cause = error.orig if isinstance(error, OperationalError) else error
            raise click.ClickException(f"a server does not answer: {cause}") from error
        except ServerError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=lambda: started_last(ENV_FILE, UP_ENV_FILE),
    show_default=f"{ENV_FILE} or {UP_ENV_FILE}",
    help="Variables for this command; those of the environment win. | 环境变量文件。",
)
@click.version_option(package_name="linli")
@click.pass_context
def linli(ctx: click.Context, env_file: Path) -> None:
    """邻里 Linli: 小区投诉从受理到回访 | complaints of residential estates, from receipt to callback."""
    ctx.meta[_PROCESS] = dict(os.environ)
    ctx.obj = environment(os.environ, env_file)


def started_last(*files: Path) -> Path:
    """The file that was written last: each installation writes its own when it starts. The first where there is none."""
    return max(
        (file for file in files if file.is_file()), key=lambda file: file.stat().st_mtime, default=files[0]
    )


def main() -> None:
    """What the script `linli` runs."""
    linli()


def settings_of(settings_class: type[S], ctx: click.Context) -> S:
    """The settings of a command beside a running installation. Ends the command with a list of what is missing."""
    return _loaded(settings_class, ctx.obj)


def own_settings(settings_class: type[S], ctx: click.Context) -> S:
    """The settings of a command that writes the file of variables, and so must not read it back."""
    return _loaded(settings_class, process_variables(ctx))


def process_variables(ctx: click.Context) -> dict[str, str]:
    """The variables of this process, without the file."""
    variables: dict[str, str] = ctx.meta[_PROCESS]
    return variables


def _loaded(settings_class: type[S], variables: Mapping[str, str]) -> S:
    try:
        return load(settings_class, variables)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def service_commands(definition: ServiceDefinition) -> click.Group:
    """The group `linli <service>` with its roles."""

    @click.group(definition.name, help=f"{definition.name}: web, worker, migrate, check.")
    def group() -> None:
        """Roles of one service."""

    @group.command()
    @click.pass_context
    def web(ctx: click.Context) -> None:
        """Answer HTTP requests until SIGTERM. | 提供 HTTP 接口。"""
        settings = settings_of(definition.settings, ctx)
        logs.configure(settings.log_level)
        run_web(definition, settings)

    @group.command()
    @click.pass_context
    def worker(ctx: click.Context) -> None:
        """Consume events, relay, run due work until SIGTERM. | 处理消息与到期任务。"""
        settings = settings_of(definition.settings, ctx)
        if settings.amqp_url is None:
            raise click.ClickException("cannot start with these settings:\n  LINLI_AMQP_URL: is not set")
        logs.configure(settings.log_level)
        run_worker(definition, settings, RabbitTransport(settings.amqp_url))

    @group.command("migrate")
    @click.pass_context
    def bring_up_to_date(ctx: click.Context) -> None:
        """Bring the database to the newest schema. | 升级数据库结构。"""
        settings = settings_of(definition.settings, ctx)
        engine = connect(settings.database_url, application=f"linli-{definition.name}-migrate")
        migrate(engine, definition.migrations)
        engine.dispose()
        click.echo(f"{definition.name}: up to date")

    @group.command()
    @click.pass_context
    def check(ctx: click.Context) -> None:
        """Say whether settings and database are as this version needs them. | 检查配置与数据库。"""
        settings = settings_of(definition.settings, ctx)
        engine = connect(settings.database_url, application=f"linli-{definition.name}-check")
        behind = pending(engine, definition.migrations)
        engine.dispose()
        if behind:
            raise click.ClickException(
                f"the database is not up to date: run `linli {definition.name} migrate`"
            )
        click.echo(f"{definition.name}: ready")

    return group


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="linli.commands")}
