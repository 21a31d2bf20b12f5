"""The commands `linli up`, `linli down` and `linli reset`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import click

from services.chassis import logs
from services.chassis.cli import own_settings, process_variables
from services.chassis.servers.daemon import Daemon, ServerError
from services.onemachine.gateway import run_gateway
from services.onemachine.running import run_all
from services.onemachine.servers import needed
from services.onemachine.settings import GatewaySettings, OneMachineSettings
from services.onemachine.stopping import remove_all, stop_all

#: Longer than both phases of an orderly end and the servers' own (seconds).
_DOWN_SECONDS = 180.0
_ENDING = ((signal.SIGTERM, _DOWN_SECONDS), (signal.SIGKILL, 10.0))
#: A terminal shows what is wrong; a line for each request is for a system that collects them.
_LEVEL = "LINLI_LOG_LEVEL"
_END = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@click.group(invoke_without_command=True)
@click.pass_context
def up(ctx: click.Context) -> None:
    """Run Linli as in production, on this machine, until Ctrl-C or `linli down`. | 按生产方式在本机运行。"""
    if ctx.invoked_subcommand is not None:
        return
    settings = own_settings(OneMachineSettings, ctx)
    servers = needed(settings)
    claim = _claim(settings.folder)
    for number in _END:
        signal.signal(number, signal.default_int_handler)
    try:
        run_all(settings, servers, {_LEVEL: "WARNING", **process_variables(ctx)})
    except KeyboardInterrupt:
        click.echo("正在停止 | stopping")
    except ServerError as error:
        raise click.ClickException(str(error)) from error
    finally:
        for number in _END:
            signal.signal(number, signal.SIG_IGN)
        stop_all(settings.folder)
        os.close(claim)


@up.command(hidden=True)
@click.pass_context
def gateway(ctx: click.Context) -> None:
    """Answer for all services on one port until SIGTERM. | 统一入口。"""
    settings = own_settings(GatewaySettings, ctx)
    logs.configure(settings.log_level)
    run_gateway(settings)


@click.command()
@click.pass_context
def down(ctx: click.Context) -> None:
    """Stop what `linli up` started, whether it still runs or was killed. | 停止。"""
    folder = own_settings(OneMachineSettings, ctx).folder
    if folder.exists():
        _stop(folder)
    click.echo("已停止 | stopped")


@click.command()
@click.pass_context
def reset(ctx: click.Context) -> None:
    """Delete all data of `linli run` and `linli up`, but nothing on servers of others. | 清空本机数据。"""
    settings = own_settings(OneMachineSettings, ctx)
    if settings.folder.exists():
        _stop(settings.folder)
    try:
        if settings.home.exists():
            Daemon(settings.home.absolute(), "run").end(_ENDING)
        remove_all(settings.home.absolute(), settings.folder)
    except ServerError as error:
        raise click.ClickException(str(error)) from error
    click.echo("已清空 | emptied")


def _claim(folder: Path) -> int:
    """The lock of this installation, held while this process lives; its file tells `linli down` who holds it."""
    (folder / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    claim = Daemon(folder, "up").claim()
    if claim is None:
        raise click.ClickException(f"{folder}: 已在运行 | runs already; `linli down` stops it")
    os.truncate(claim, 0)
    os.write(claim, f"{os.getpid()}\n".encode())
    return claim


def _stop(folder: Path) -> None:
    try:
        Daemon(folder, "up").end(_ENDING)
        stop_all(folder)
    except ServerError as error:
        raise click.ClickException(str(error)) from error
