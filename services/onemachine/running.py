"""Everything brought up in order and kept running."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from functools import partial

import click

from services.chassis.clock import SystemClock
from services.chassis.errors import Unavailable
from services.chassis.servers.daemon import ServerError, port_is_free
from services.chassis.topology import Management, topology_of
from services.contracts.catalogue import CATALOGUE
from services.onemachine.output import Output
from services.onemachine.plan import Installation, Role, install
from services.onemachine.processes import RoleProcess, answers, end_in_order, left_over
from services.onemachine.servers import Servers
from services.onemachine.settings import OneMachineSettings
from services.onemachine.supervisor import Supervisor, Watched
from services.onemachine.welcome import welcome
from services.standalone import SERVICES, bring_up_to_date, write_variables

#: Seconds between two looks at the processes and their logs.
_TURN = 0.2
#: Connections that wait for a role while it is started.
_BACKLOG = 2048


def run_all(settings: OneMachineSettings, servers: Servers, given: Mapping[str, str]) -> None:
    """Start everything and keep it running, until KeyboardInterrupt. Raises ServerError."""
    folder = settings.folder
    end_in_order(left_over(folder / "run"))
    for name, server in servers.private().items():
        click.echo(f"正在启动 | starting {name}")
        server.start()
    installation = install(settings, servers, CATALOGUE.services())
    write_variables(folder / "env", installation.variables())
    click.echo("正在升级数据库与消息队列拓扑 | bringing databases and topology up to date")
    apply_topology(installation)
    for definition in SERVICES:
        bring_up_to_date(definition, installation.environment(definition.name))
    roles = installation.roles(given)
    keep_running(installation, roles, listening(roles))


def apply_topology(installation: Installation) -> None:
    """Make the broker hold what the contracts ask for, each service with a user and password of its own. Raises ServerError."""
    passwords = {f"linli-{name}": password for name, password in installation.amqp_passwords.items()}
    management = Management(installation.servers.management_url())
    try:
        management.apply(topology_of(CATALOGUE), installation.settings.vhost, passwords)
    except Unavailable as error:
        raise ServerError(f"LINLI_RABBITMQ_MANAGEMENT_URL: {error}") from error


def listening(roles: list[Role]) -> dict[str, socket.socket]:
    """A listening socket for each role. They are ours, so that a role that is started again refuses nobody meanwhile.

    Raises ServerError when another program listens where one of ours shall.
    """
    taken = [str(role.port) for role in roles if not port_is_free(role.port)]
    if taken:
        raise ServerError(
            f"端口被占用，请改设 LINLI_HTTP_PORT | ports in use, set LINLI_HTTP_PORT: {', '.join(taken)}"
        )
    return {role.name: socket.create_server(("127.0.0.1", role.port), backlog=_BACKLOG) for role in roles}


def keep_running(
    installation: Installation, roles: list[Role], listeners: Mapping[str, socket.socket]
) -> None:
    """Start the roles and start again whatever ends; writes the file `ready` once all of them answer."""
    folder = installation.settings.folder
    clock = SystemClock()
    processes = {role.name: RoleProcess(role.name, folder / "run") for role in roles}
    output = Output({name: process.log for name, process in processes.items()}, clock)
    watched = [
        *(
            Watched(name, server.running, server.start)
            for name, server in installation.servers.private().items()
        ),
        *(
            Watched(
                role.name,
                processes[role.name].running,
                partial(processes[role.name].start, role, listeners[role.name]),
            )
            for role in roles
        ),
    ]
    supervisor = Supervisor(watched, clock, output.say)
    # The gateway, which is first among them, answers once the others do, and is asked last.
    waiting = list(roles)
    while True:
        supervisor.turn()
        output.show()
        if waiting and answers(waiting[-1]):
            waiting.pop()
            if not waiting:
                click.echo(welcome(installation, roles))
                (folder / "ready").touch()
        time.sleep(_TURN)
