"""Commands that look after services which run elsewhere: each opens a service's database and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from services.chassis.cli import settings_of
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.platform import ServiceDefinition
from services.chassis.sql import connect

C = TypeVar("C", bound=Callable[..., Any])


@contextmanager
def database_of(definition: ServiceDefinition, ctx: click.Context) -> Iterator[Database]:
    """The database of a service whose settings are in the environment or in the file of variables."""
    settings = settings_of(definition.settings, ctx)
    engine = connect(settings.database_url, application=f"linli-{definition.name}-command", pool_size=1)
    try:
        yield Database(definition.name, engine, definition.catalogue, SystemClock())
    finally:
        engine.dispose()


def service_option(definitions: Sequence[ServiceDefinition]) -> Callable[[C], C]:
    """The option `--service`, to be given several times; the command gets the definitions as `services`."""
    by_name = {definition.name: definition for definition in definitions}

    def chosen(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> list[ServiceDefinition]:
        return [by_name[name] for name in names] or list(definitions)

    return click.option(
        "--service",
        "services",
        type=click.Choice(list(by_name)),
        multiple=True,
        callback=chosen,
        help="All services without it. | 服务，可多次使用。",
    )
