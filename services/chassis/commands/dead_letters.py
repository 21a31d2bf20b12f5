"""`linli dead-letters`: messages that were given up, listed, shown, replayed, discarded (DESIGN §2.5)."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import click

from services.chassis import dead_letter_decisions as decisions
from services.chassis.commands import database_of, service_option
from services.chassis.commands.letter_options import filter_of, filters
from services.chassis.database import Database
from services.chassis.dead_letter_list import Filter, Opened, listing, opened
from services.chassis.dead_letters import Status
from services.chassis.errors import Conflict, NotFound
from services.chassis.http.dead_letters import readable
from services.chassis.http.paging import Page
from services.chassis.masking import mask
from services.chassis.platform import ServiceDefinition
from services.chassis.unit_of_work import UnitOfWork

T = TypeVar("T")

#: Characters of a cause in a list.
_CAUSE = 100


def dead_letter_commands(definitions: Sequence[ServiceDefinition]) -> click.Group:
    """The group `dead-letters` of these services."""

    @click.group("dead-letters")
    def group() -> None:
        """Messages that were given up. | 死信：反复失败、已放弃的消息。"""

    @group.command("list")
    @service_option(definitions)
    @filters
    @click.option(
        "--status",
        type=click.Choice([*(status.value for status in Status), "any"]),
        default=Status.OPEN.value,
        show_default=True,
    )
    @click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
    @click.pass_context
    def list_letters(
        ctx: click.Context, /, services: list[ServiceDefinition], status: str, limit: int, **options: Any
    ) -> None:
        """One line for each, the newest of a service first. | 列出死信。"""
        wanted = filter_of(None if status == "any" else status, **options)
        found = 0
        for definition in services:
            with database_of(definition, ctx) as database, database.read() as connection:
                rows, total = listing(connection, definition.name, wanted, Page(1, limit, "last_at", True))
            for row in rows:
                click.echo(_line(definition.name, row))
            if total > len(rows):
                click.echo(f"{definition.name}: {len(rows)} / {total}，--limit", err=True)
            found += total
        if not found:
            click.echo("没有死信 | no dead letters", err=True)

    @group.command()
    @service_option(definitions)
    @click.argument("letter", type=click.UUID)
    @click.pass_context
    def show(ctx: click.Context, services: list[ServiceDefinition], letter: UUID) -> None:
        """Everything about one, its bytes included: they may be personal data. | 查看一封死信及其原文。"""

        def look(database: Database, id_: str) -> Opened:
            with database.read() as connection:
                return opened(connection, database.service, id_)

        service, found = _wherever(ctx, services, str(letter), look)
        _show(service, found)

    @group.command()
    @service_option(definitions)
    @click.argument("letters", nargs=-1, type=click.UUID)
    @click.option("--all", "everything", is_flag=True, help="All that the filters find. | 筛选出的全部死信。")
    @filters
    @click.option(
        "--status",
        type=click.Choice([status.value for status in decisions.REPLAYABLE]),
        default=Status.OPEN.value,
        show_default=True,
        help="With filters or --all. | 与筛选条件或 --all 连用。",
    )
    @click.pass_context
    def replay(
        ctx: click.Context,
        /,
        services: list[ServiceDefinition],
        letters: tuple[UUID, ...],
        everything: bool,
        status: str,
        **options: Any,
    ) -> None:
        """Have workers judge messages again under their own ids; what was handled meanwhile has no second effect. | 重放。"""
        wanted = filter_of(status, **options)
        many = everything or any(value is not None for value in options.values())
        if many == bool(letters):
            raise click.UsageError("ids, or filters, or --all | 请给出死信编号、筛选条件或 --all")
        _decide(
            ctx, services, letters, lambda work, service, id_: decisions.replay(work, service, id_, _me())
        )
        for definition in services if many else ():
            with database_of(definition, ctx) as database:
                requested, handled = _replay_all(database, wanted)
            click.echo(f"{definition.name}\trequested {requested}\thandled meanwhile {handled}")

    @group.command()
    @service_option(definitions)
    @click.argument("letters", nargs=-1, required=True, type=click.UUID)
    @click.option("--reason", required=True, help="Why; it stays in the audit trail. | 原因，永久留痕。")
    @click.pass_context
    def discard(
        ctx: click.Context, services: list[ServiceDefinition], letters: tuple[UUID, ...], reason: str
    ) -> None:
        """Decide that messages shall have no effect; they can be replayed all the same. | 作废，之后仍可重放。"""
        why = reason.strip()
        if not why:
            raise click.UsageError("--reason is empty | 请填写原因")
        _decide(
            ctx,
            services,
            letters,
            lambda work, service, id_: decisions.discard(work, service, id_, _me(), why),
        )

    return group


def _me() -> str:
    return f"command line: {pwd.getpwuid(os.getuid()).pw_name}"


def _replay_all(database: Database, wanted: Filter) -> tuple[int, int]:
    requested = handled = 0
    while True:
        with database.begin() as work:
            done = decisions.replay_all(work, database.service, wanted.condition(), _me())
        if not (done.requested or done.handled):
            return requested, handled
        requested, handled = requested + done.requested, handled + done.handled


def _decide(
    ctx: click.Context,
    services: Sequence[ServiceDefinition],
    letters: Sequence[UUID],
    decide: Callable[[UnitOfWork, str, str], None],
) -> None:
    def carry_out(database: Database, letter: str) -> str:
        with database.begin() as work:
            decide(work, database.service, letter)
        with database.read() as connection:
            return str(opened(connection, database.service, letter).letter["status"])

    for letter in map(str, letters):
        service, status = _wherever(ctx, services, letter, carry_out)
        click.echo(f"{letter}\t{service}\t{status}")


def _wherever(
    ctx: click.Context, services: Sequence[ServiceDefinition], letter: str, act: Callable[[Database, str], T]
) -> tuple[str, T]:
    """Do something with a letter in the service that holds it; ends the command where none does."""
    for definition in services:
        with database_of(definition, ctx) as database:
            try:
                return definition.name, act(database, letter)
            except NotFound:
                continue
            except Conflict as error:
                raise click.ClickException(
                    f"{letter}: 正在重放或已处理 | is being replayed or settled already"
                ) from error
    raise click.ClickException(f"{letter}: 没有这封死信 | there is no such dead letter")


def _line(service: str, row: Any) -> str:
    cause = mask(" ".join(row["cause"].split()))[:_CAUSE]
    columns = (row["id"], service, row["name"] or "-", row["reason"], f"×{row['times']}", _at(row["last_at"]))
    return "\t".join((*columns, row["status"], cause))


def _show(service: str, found: Opened) -> None:
    row = found.letter
    for name in ("id", "status", "name", "event_id", "subject", "reason", "attempts", "times"):
        click.echo(f"{name:<10}{'-' if row[name] is None else row[name]}")
    click.echo(f"{'service':<10}{service}\n{'first_at':<10}{_at(row['first_at'])}")
    click.echo(f"{'last_at':<10}{_at(row['last_at'])}\n{'cause':<10}{row['cause']}")
    for decision in found.decisions:
        why = f": {decision['reason']}" if decision["reason"] else ""
        click.echo(f"{decision['decision']:<10}{_at(decision['at'])} {decision['decided_by']}{why}")
    if found.body is not None:
        text, encoding = readable(found.body)
        click.echo(f"\n{encoding}\n{text}")


def _at(instant: Any) -> str:
    return str(instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
