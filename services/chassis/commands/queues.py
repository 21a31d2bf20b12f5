"""`linli queues`: what waits for the services and who takes it, with what to do when nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click
from sqlalchemy import make_url

from services.chassis.cli import settings_of
from services.chassis.queues import Queue, rabbit_queues, table_queues
from services.chassis.settings import setting
from services.chassis.topology import Management
from services.chassis.transport import dead_queue_of, queue_of

_NOWHERE = (
    "设置 LINLI_RABBITMQ_MANAGEMENT_URL，或在 `linli run` 所在目录执行 | "
    "set LINLI_RABBITMQ_MANAGEMENT_URL, or type this beside `linli run`"
)


@dataclass(frozen=True)
class QueueSettings:
    """Where the queues are: at a broker with a management interface, or in the table of the embedded shape."""

    management_url: str | None = setting("LINLI_RABBITMQ_MANAGEMENT_URL", None, secret=True)
    vhost: str = setting("LINLI_RABBITMQ_VHOST", "linli")
    transport_database_url: str | None = setting("LINLI_TRANSPORT_DATABASE_URL", None, secret=True)


def queue_command(services: Sequence[str]) -> click.Command:
    """The command `queues` for these services."""

    @click.command()
    @click.pass_context
    def queues(ctx: click.Context) -> None:
        """Queue by queue: messages that wait, that are being handled, and consumers. | 各队列的积压与消费者。

        Ends with status 1 when a queue is missing or nobody consumes it.
        """
        settings = settings_of(QueueSettings, ctx)
        wanted = [queue_of(service) for service in services]
        if settings.management_url:
            wanted = [name for service in services for name in (queue_of(service), dead_queue_of(service))]
            found = rabbit_queues(Management(settings.management_url), settings.vhost, wanted)
        elif settings.transport_database_url:
            url = make_url(settings.transport_database_url).set(drivername="postgresql")
            found = table_queues(url.render_as_string(hide_password=False), wanted)
        else:
            raise click.ClickException(_NOWHERE)
        click.echo("queue\tready\tunacknowledged\tconsumers")
        for queue in found:
            click.echo(f"{queue.name}\t{queue.ready}\t{queue.unacknowledged}\t{queue.consumers}")
        advice = list(_advice(wanted, found, embedded=not settings.management_url))
        if advice:
            raise click.ClickException("\n".join(advice))

    return queues


def _advice(wanted: Sequence[str], found: Sequence[Queue], *, embedded: bool) -> list[str]:
    there = {queue.name for queue in found}
    lines = [
        f"{name}: 不存在，执行 `linli topology apply` | is missing: run `linli topology apply`"
        for name in wanted
        if name not in there
    ]
    for queue in found:
        if not queue.consumers:
            service = queue.name.removeprefix("linli.").removesuffix(".dead")
            start = "linli run" if embedded else f"linli {service} worker"
            lines.append(
                f"{queue.name}: 无消费者，请启动 `{start}`，消息不会丢失 | "
                f"nobody consumes: start `{start}`; nothing is lost meanwhile"
            )
    return lines
