"""The command `linli replay`."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from services.chassis.cli import settings_of
from services.chassis.clock import SystemClock
from services.chassis.commands import database_of
from services.chassis.database import Database
from services.chassis.platform import conninfo
from services.chassis.transport import Transport, queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.transport.rabbitmq import RabbitTransport
from services.contracts.catalogue import CATALOGUE
from services.intake.app import SERVICE
from services.intake.domain.history import HistoryMapping
from services.intake.domain.tree import TreeRefused
from services.intake.history.mapping import MappingError, read_mapping
from services.intake.history.pacing import Pacing
from services.intake.history.rows import FileRefused, HistoryFile, open_history, run_key
from services.intake.history.run import Run, try_out
from services.intake.history.settings import QueueSettings
from services.intake.messages import MESSAGES
from services.intake.settings import IntakeSettings
from services.intake.storage.history import Reject, Standing
from services.intake.usecases.history import Line

#: Lists of what was not taken, below the folder of everything else that runs here.
FOLDER = Path(".linli/replay")

_SHOWN = 5
_NOWHERE = (
    "请在 `linli run` 或 `linli up` 所在目录执行，或设置 LINLI_AMQP_URL | "
    "type this beside `linli run` or `linli up`, or set LINLI_AMQP_URL"
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "name",
    required=True,
    metavar="NAME",
    help="One that comes with Linli, like boston311, or the path of a YAML file. | 映射名称，如 boston311，或映射文件的路径。",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check the mapping against the file, show the first complaints, write nothing. | 只核对并显示前几条，不写入。",
)
@click.option(
    "--rejects",
    "list_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to list the rows that were not taken. | 未导入行清单。",
)
@click.pass_context
def replay(ctx: click.Context, file: Path, name: str, dry_run: bool, list_file: Path | None) -> None:
    """Take complaints of the past over from another system. | 导入其他系统的历史投诉。

    FILE is a CSV with a heading; it may be gzipped (.gz). Its complaints become cases and figures with their own times;
    nobody is given work, told or alarmed. Run again, it goes on where it stopped and takes nothing twice.
    """
    try:
        mapping = read_mapping(name)
        with open_history(file, mapping) as source:
            if dry_run:
                _try_out(mapping, source)
            else:
                _take_over(ctx, file, mapping, source, list_file)
    except (MappingError, FileRefused) as error:
        raise click.ClickException(str(error)) from error


def _try_out(mapping: HistoryMapping, source: HistoryFile) -> None:
    trial = try_out(mapping, source, SystemClock(), _SHOWN)
    for line in trial.first:
        click.echo("\n".join(_told(line)) + "\n")
    click.echo(f"fit 可导入             {trial.fit}")
    if trial.repeated:
        click.echo(f"id stands twice 编号重复  {trial.repeated}")
    _summarise_rejects(trial.rejects)


def _take_over(
    ctx: click.Context, file: Path, mapping: HistoryMapping, source: HistoryFile, list_file: Path | None
) -> None:
    secret = settings_of(IntakeSettings, ctx).claim_secret
    with database_of(SERVICE, ctx) as database, _pacing(ctx, database) as pacing:
        run = Run(run_key(file, mapping), mapping, database, secret, pacing.wait)
        try:
            run.begin(file.name)
        except TreeRefused as error:
            raise click.ClickException(f"{mapping.name}: {_tree_problems(error)}") from error
        before = run.standing()
        try:
            with click.progressbar(
                length=file.stat().st_size,
                label=file.name,
                item_show_func=_rows_so_far,
            ) as bar:
                for now in run.steps(source):
                    bar.update(source.position() - bar.pos, now)
        finally:
            _summarise(run, before, list_file or FOLDER / f"{file.name}-{run.key[:12]}.csv")


def _rows_so_far(now: Standing | None) -> str | None:
    return None if now is None else str(now.taken + now.known + now.rejected)


@contextmanager
def _pacing(ctx: click.Context, database: Database) -> Iterator[Pacing]:
    publisher = _transport(settings_of(QueueSettings, ctx)).publisher()
    queues = [queue_of(service) for service in CATALOGUE.bindings()["complaint.registered"]]
    try:
        yield Pacing(database, publisher, queues, time.sleep, _tell_waiting)
    finally:
        publisher.close()


def _transport(settings: QueueSettings) -> Transport:
    if amqp_url := settings.amqp_url or settings.intake_amqp_url:
        return RabbitTransport(amqp_url)
    if settings.transport_database_url:
        return PostgresTransport(conninfo(settings.transport_database_url), CATALOGUE.bindings())
    raise click.ClickException(_NOWHERE)


def _tell_waiting(full: str) -> None:
    click.echo(
        f"\n等待积压处理：{full}。请确认各服务的 worker 正在运行 | "
        f"waiting for {full}: look with `linli queues` and `linli outbox` whether all workers run",
        err=True,
    )


def _summarise(run: Run, before: Standing, list_file: Path) -> None:
    now, rejects = run.standing(), run.rejects()
    click.echo(f"taken 已导入           {now.taken}  (this run 本次 {now.taken - before.taken})")
    click.echo(f"already there 已存在   {now.known}")
    _summarise_rejects(rejects)
    if rejects:
        list_file.parent.mkdir(parents=True, exist_ok=True)
        with list_file.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["line 行", "id 编号", "column 列", "value 值", "reason 原因"])
            rows.writerows((r.line, r.id, r.column, r.value, _reason(r)) for r in rejects)
        click.echo(f"listed in 清单见       {list_file}")


def _summarise_rejects(rejects: Sequence[Reject]) -> None:
    click.echo(f"rejected 未导入        {len(rejects)}")
    for (column, reason), count in Counter((r.column, _reason(r)) for r in rejects).most_common():
        lines = [str(r.line) for r in rejects if (r.column, _reason(r)) == (column, reason)]
        named = ", ".join(lines[:_SHOWN]) + (", …" if count > _SHOWN else "")
        click.echo(f"  {count} × {f'{column}: ' if column else ''}{reason}  (line 行 {named})")


def _reason(reject: Reject) -> str:
    texts = MESSAGES[reject.reason]
    return f"{texts['zh']} | {texts['en']}"


def _tree_problems(error: TreeRefused) -> str:
    return "; ".join(
        f"tree, node {problem.line}, {problem.field}: {MESSAGES[problem.code]['zh']} | {MESSAGES[problem.code]['en']}"
        for problem in error.problems
    )


def _told(line: Line) -> Iterator[str]:
    """A complaint as it would be taken, field by field."""
    yield f"line 行 {line.number}"
    record = line.record
    for name in record.__slots__:
        value = getattr(record, name)
        if value is not None:
            yield f"  {name:<12} {value}"
