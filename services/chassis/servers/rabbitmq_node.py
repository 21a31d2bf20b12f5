"""What one private RabbitMQ node is told: its ports, its files and its environment (RELIABILITY, Recipes)."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from services.chassis.servers.daemon import free_port, port_is_free
from services.chassis.servers.files import write_whole

USER = "linli"

# Debian's rabbitmq-server on the PATH is a wrapper that insists on the user rabbitmq: not that one first.
_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@dataclass(frozen=True)
class Ports:
    """The four ports of a node, all on 127.0.0.1."""

    amqp: int
    management: int
    distribution: int
    epmd: int

    def all_free(self) -> bool:
        """Whether no other process has taken one of them."""
        return all(port_is_free(port) for port in asdict(self).values())


def fresh_ports() -> Ports:
    """Four different free ports."""
    chosen: set[int] = set()
    while len(chosen) < 4:
        chosen.add(free_port())
    return Ports(*chosen)


def read_ports(file: Path) -> Ports:
    """The ports a node was given before; clients find it there again after a restart."""
    return Ports(**json.loads(file.read_text()))


def write_ports(file: Path, ports: Ports) -> None:
    """Keep the ports of a node."""
    write_whole(file, json.dumps(asdict(ports)))


def program() -> Path | None:
    """The broker's start script, None where the package is not installed."""
    if _PROGRAM.is_file():
        return _PROGRAM
    found = shutil.which("rabbitmq-server")
    return Path(found) if found else None


def erlang_folder() -> Path | None:
    """The folder of `erl` and `epmd`, None where Erlang is not installed."""
    found = shutil.which("epmd")
    return Path(found).parent if found else None


def write_configuration(folder: Path, ports: Ports, password: str) -> None:
    """Write the node's configuration, readable by its owner alone."""
    for name, text in {
        "rabbitmq.conf": _configuration(folder, ports, password),
        "enabled_plugins": "[rabbitmq_management].\n",
        "advanced.config": "[].\n",
        "rabbitmq-env.conf": "",
    }.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text)


def environment(folder: Path, ports: Ports) -> dict[str, str]:
    """The whole environment of the node: nothing of the machine's own RabbitMQ is read or written."""
    erlang = erlang_folder()
    return {
        "PATH": f"{erlang}{os.pathsep}{os.defpath}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RABBITMQ_NODENAME": f"{USER}@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "rabbit.own.pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2",
        # Makes the script replace itself by the node, so that the node has the process id we know.
        "RABBITMQ_ALLOW_INPUT": "true",
        "ERL_CRASH_DUMP": str(folder / "log" / "erl_crash.dump"),
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # For the helpers that the node starts as well, which would listen on all addresses.
        "ERL_AFLAGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }


def _configuration(folder: Path, ports: Ports, password: str) -> str:
    return f"""\
listeners.tcp.local = 127.0.0.1:{ports.amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {ports.management}
default_user = {USER}
default_pass = {password}
loopback_users.{USER} = true
log.dir = {folder / "log"}
log.console = false
collect_statistics_interval = 1000
disk_free_limit.absolute = 50MB
"""
