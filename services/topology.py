"""`linli topology`: what the broker must hold for the events of the contracts."""

from __future__ import annotations

from dataclasses import dataclass

import click

from services.chassis.cli import settings_of
from services.chassis.settings import setting
from services.chassis.topology import Management, topology_of
from services.contracts.catalogue import CATALOGUE


@dataclass(frozen=True)
class TopologySettings:
    """The broker's management interface, with a user of its own, and the passwords that the services' users shall have."""

    management_url: str = setting("LINLI_RABBITMQ_MANAGEMENT_URL", secret=True)
    vhost: str = setting("LINLI_RABBITMQ_VHOST", "linli")
    intake_password: str = setting("LINLI_INTAKE_AMQP_PASSWORD", secret=True)
    routing_password: str = setting("LINLI_ROUTING_AMQP_PASSWORD", secret=True)
    notification_password: str = setting("LINLI_NOTIFICATION_AMQP_PASSWORD", secret=True)
    analytics_password: str = setting("LINLI_ANALYTICS_AMQP_PASSWORD", secret=True)

    def passwords(self) -> dict[str, str]:
        """The password of each user of the topology."""
        return {
            user.name: getattr(self, f"{user.name.removeprefix('linli-')}_password")
            for user in topology_of(CATALOGUE).users
        }


@click.group()
def topology() -> None:
    """Exchanges, queues, users of the broker. | 消息队列拓扑。"""


@topology.command()
@click.pass_context
def apply(ctx: click.Context) -> None:
    """Declare what is missing and remove bindings no longer wanted; repeating it changes nothing."""
    settings = settings_of(TopologySettings, ctx)
    Management(settings.management_url).apply(topology_of(CATALOGUE), settings.vhost, settings.passwords())
    click.echo(f"virtual host {settings.vhost}: applied")


@topology.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Name what the broker lacks; ends with 1 when it lacks anything."""
    settings = settings_of(TopologySettings, ctx)
    missing = Management(settings.management_url).missing(topology_of(CATALOGUE), settings.vhost)
    for name in missing:
        click.echo(f"missing: {name}")
    if missing:
        raise click.ClickException("run `linli topology apply`")
    click.echo(f"virtual host {settings.vhost}: complete")
