"""Commands of analytics: its roles, and `linli rebuild analytics`."""

from __future__ import annotations

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from services.analytics import usecases
from services.analytics.app import SERVICE
from services.analytics.settings import AnalyticsSettings
from services.analytics.usecases import Progress
from services.chassis.cli import service_commands, settings_of
from services.chassis.clock import SystemClock
from services.chassis.commands.dead_letters import dead_letter_commands
from services.chassis.database import Database
from services.chassis.sql import connect

#: Seconds between looks at how far a rebuild is.
_PAUSE = 0.5

analytics = service_commands(SERVICE)
analytics.add_command(dead_letter_commands([SERVICE]))


@click.group()
def rebuild() -> None:
    """Build a projection anew from the archives of its publishers. | 由事件存档重建统计数据。"""


@rebuild.command("analytics")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds to wait for the end. | 最长等待秒数。",
)
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only complaints received from this day on; facts of older ones are kept. | 仅重建该日起受理的投诉。",
)
@click.pass_context
def rebuild_analytics(ctx: click.Context, timeout: float, since: datetime | None) -> None:
    """Rebuild the facts beside those that are read, and swap at the end. | 重建统计数据，完成后一次切换。

    The workers of all services must be running. Ends with status 1 when the rebuild is not complete in time; it goes on then.
    """
    settings = settings_of(AnalyticsSettings, ctx)
    engine = connect(settings.database_url, application="linli-analytics-rebuild", pool_size=1)
    try:
        day = since and since.replace(tzinfo=ZoneInfo(settings.zone))
        _rebuild(Database(SERVICE.name, engine, SERVICE.catalogue, SystemClock()), timeout, day)
    finally:
        engine.dispose()


def _rebuild(database: Database, timeout: float, since: datetime | None) -> None:
    with database.begin() as work:
        generation = usecases.rebuild(work, since)
    click.echo(f"generation {generation}: asked the publishers for their archives")
    deadline = database.clock.monotonic() + timeout
    told: Progress | None = None
    while True:
        with database.read() as connection:
            progress = usecases.progress(connection, database.catalogue, generation)
        if progress.replaced:
            raise click.ClickException(f"generation {generation} was given up for a later rebuild")
        if progress.complete:
            click.echo(f"generation {generation}: complete, it is read from now on")
            return
        if progress != told:
            click.echo(f"generation {generation}: {_words(progress)}")
            told = progress
        if database.clock.monotonic() >= deadline:
            raise click.ClickException(_advice(progress, timeout))
        threading.Event().wait(_PAUSE)


def _words(progress: Progress) -> str:
    if not progress.missing:
        return "everything has arrived; waiting for a worker to swap"
    return ", ".join(
        f"{source} is sending" if left is None else f"{left} of {source} to arrive"
        for source, left in progress.missing.items()
    )


def _advice(progress: Progress, timeout: float) -> str:
    lines = [
        f"not complete after {timeout:g} s: {_words(progress)}",
        "The old figures are read until it is; the rebuild goes on. Look whether the workers of all services run.",
    ]
    if progress.dead_letters:
        lines.append(
            f"{progress.dead_letters} dead letters of analytics stand in the way if the archives hold them: "
            "read their causes with `linli dead-letters list --service analytics`, mend that, and replay them."
        )
    return "\n".join(lines)
