"""The private servers that everything is measured on: PostgreSQL with fsync, RabbitMQ, on disk and on free ports."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from services.chassis.platform import conninfo
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.servers.rabbitmq import RabbitServer
from tests.bench.processes import cpu

#: As a server of this size is set up; what makes commits durable stays as it is by default.
_POSTGRES = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "min_wal_size": "1GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "effective_cache_size": "4GB",
    # When a work order was committed, for the latency.
    "track_commit_timestamp": "on",
}


@dataclass(frozen=True)
class Machine:
    """The servers, and a folder for whatever a run leaves behind."""

    folder: Path
    postgres: PostgresServer
    rabbit: RabbitServer

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        """An administrator's connection."""
        return psycopg.connect(conninfo(self.postgres.url(database)), autocommit=True, **options)

    def checkpoint(self) -> None:
        """Write everything to disk now, so that no run pays for the one before."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")

    @property
    def management_url(self) -> str:
        """The broker's management interface, with an administrator's password."""
        bare = urlsplit(self.rabbit.management_url)
        return bare._replace(netloc=f"{self.rabbit.user}:{self.rabbit.password}@{bare.netloc}").geturl()

    def cpu_of_postgres(self) -> float:
        """CPU seconds of the database server."""
        return cpu(self.postgres.pid())

    def cpu_of_rabbit(self) -> float:
        """CPU seconds of the broker."""
        return cpu(self.rabbit.pid())


@contextmanager
def machine() -> Iterator[Machine]:
    """The servers while the block runs; nothing is left of them."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    # The database server may run as another user, who has to get in.
    folder.chmod(0o755)
    binaries = installed_binaries() or embedded_binaries()
    postgres = PostgresServer(folder / "postgres", binaries, listen_tcp=True, settings=_POSTGRES)
    rabbit = RabbitServer(folder / "rabbitmq")
    try:
        postgres.start()
        rabbit.start()
        yield Machine(folder, postgres, rabbit)
    finally:
        rabbit.remove()
        postgres.remove()
        shutil.rmtree(folder, ignore_errors=True)
