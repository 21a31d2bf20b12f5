"""`linli outbox`: events that were recorded and not sent yet."""

from __future__ import annotations

from collections.abc import Sequence

import click

from services.chassis import outbox
from services.chassis.commands import database_of, service_option
from services.chassis.platform import ServiceDefinition

#: Seconds after which an unsent event means that something is wrong: a relay looks several times a second.
_PATIENCE = 60.0


def outbox_command(definitions: Sequence[ServiceDefinition]) -> click.Command:
    """The command `outbox` of these services."""

    @click.command("outbox")
    @service_option(definitions)
    @click.option(
        "--patience",
        type=click.FloatRange(min=0),
        default=_PATIENCE,
        show_default=True,
        help="Seconds an event may wait. | 允许等待的秒数。",
    )
    @click.pass_context
    def command(ctx: click.Context, services: list[ServiceDefinition], patience: float) -> None:
        """Events that wait to be sent: how many, how old, postponed ones. | 待发事件的数量、时长与推迟情况。

        Ends with status 1 when one has waited longer than --patience.
        """
        late = []
        click.echo("service\ttype\tunsent\tpostponed\toldest")
        for definition in services:
            with database_of(definition, ctx) as database, database.read() as connection:
                now = database.clock.now()
                waiting = outbox.waiting(connection)
            for name, events in waiting.items():
                age = max(0.0, (now - events.oldest).total_seconds())
                click.echo(f"{definition.name}\t{name}\t{events.unsent}\t{events.postponed}\t{age:.0f} s")
                if age > patience:
                    late.append(definition.name)
            if not waiting:
                click.echo(f"{definition.name}\t-\t0\t0\t-")
        if late:
            raise click.ClickException("\n".join(_advice(name) for name in dict.fromkeys(late)))

    return command


def _advice(service: str) -> str:
    return (
        f"{service}: 事件迟迟未发出，请查看其 worker 是否运行、消息队列是否可用（`linli queues`）。\n"
        f"{service}: events wait: look whether its worker runs and whether the broker takes messages (`linli queues`)."
    )
