"""What runs on the machine: each process with its command, its port and an environment of its own."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.chassis.auth.keys import new_key_set, public, read_key_set, write_key_set
from services.chassis.servers.files import kept_secret
from services.onemachine.databases import provide
from services.onemachine.servers import Servers
from services.onemachine.settings import OneMachineSettings

GATEWAY = "gateway"
WEB, WORKER = "web", "worker"

#: For `linli up` alone, or said anew to each process; nothing of it is handed on as it is.
_OURS = {
    "LINLI_AMQP_URL",
    "LINLI_DRAIN_SECONDS",
    "LINLI_GRACE_SECONDS",
    "LINLI_HTTP_HOST",
    "LINLI_HTTP_SOCKET",
    "LINLI_JWKS_FILE",
    "LINLI_POSTGRES_URL",
    "LINLI_RABBITMQ_MANAGEMENT_URL",
    "LINLI_SIGNING_KEYS_FILE",
    "LINLI_TRANSPORT_DATABASE_URL",
    "LINLI_TRUSTED_PROXIES",
}


@dataclass(frozen=True)
class Role:
    """One process: its name, the arguments of `linli`, its port on 127.0.0.1, and its whole environment."""

    name: str
    arguments: tuple[str, ...]
    port: int
    environment: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> tuple[str, ...]:
        """The command; it reads no file of variables, as its environment is complete."""
        return (sys.executable, "-m", "services", "--env-file", os.devnull, *self.arguments)


@dataclass(frozen=True)
class Installation:
    """The secrets, keys and addresses of one installation on this machine."""

    settings: OneMachineSettings
    servers: Servers
    database_urls: Mapping[str, str] = field(repr=False)
    amqp_passwords: Mapping[str, str] = field(repr=False)
    claim_secret: str = field(repr=False)
    private_keys: Path
    public_keys: Path

    def variables(self) -> dict[str, str]:
        """Settings for commands typed beside the running system; they hold every secret."""
        return {
            **{_of(name, "DATABASE_URL"): url for name, url in self.database_urls.items()},
            **{_of(name, "AMQP_PASSWORD"): word for name, word in self.amqp_passwords.items()},
            "LINLI_HTTP_PORT": str(self.settings.port),
            "LINLI_INTAKE_AMQP_URL": self.servers.amqp_url("linli-intake", self.amqp_passwords["intake"]),
            "LINLI_INTAKE_CLAIM_SECRET": self.claim_secret,
            "LINLI_JWKS_FILE": str(self.public_keys),
            "LINLI_RABBITMQ_MANAGEMENT_URL": self.servers.management_url(),
            "LINLI_RABBITMQ_VHOST": self.settings.vhost,
            "LINLI_SIGNING_KEYS_FILE": str(self.private_keys),
        }

    def roles(self, given: Mapping[str, str]) -> list[Role]:
        """All processes, the gateway first. Of the variables `given` each gets those that concern it."""
        services = list(self.database_urls)
        webs = {name: self.settings.port + 1 + place for place, name in enumerate(services)}
        urls = {_of(name, "URL"): f"http://127.0.0.1:{port}" for name, port in webs.items()}
        gateway = {
            **_inherited(given, GATEWAY, services),
            **urls,
            "LINLI_HTTP_PORT": str(self.settings.port),
            "LINLI_JWKS_FILE": str(self.public_keys),
        }
        roles = [Role(GATEWAY, ("up", GATEWAY), self.settings.port, gateway)]
        for name, port in webs.items():
            environment = {
                "LINLI_PROGRESS_URL": f"http://127.0.0.1:{self.settings.port}/api/intake/complaints/{{number}}",
                **_inherited(given, name, services),
                **self.environment(name),
            }
            web = {**environment, "LINLI_HTTP_PORT": str(port)}
            worker = {
                **environment,
                "LINLI_HTTP_PORT": str(port + len(services)),
                "LINLI_AMQP_URL": self.servers.amqp_url(f"linli-{name}", self.amqp_passwords[name]),
            }
            roles.append(Role(f"{name}-{WEB}", (name, WEB), port, web))
            roles.append(Role(f"{name}-{WORKER}", (name, WORKER), port + len(services), worker))
        return roles

    def environment(self, service: str) -> dict[str, str]:
        """What both roles of a service are told: its own secrets and no other's. A web process needs no broker."""
        own = {
            "intake": {"LINLI_INTAKE_CLAIM_SECRET": self.claim_secret},
            "routing": {"LINLI_SIGNING_KEYS_FILE": str(self.private_keys)},
        }
        return {
            _of(service, "DATABASE_URL"): self.database_urls[service],
            "LINLI_JWKS_FILE": str(self.public_keys),
            "LINLI_HTTP_HOST": "127.0.0.1",
            # The gateway asks nobody who is ready.
            "LINLI_DRAIN_SECONDS": "0",
            # The gateway is one of them.
            "LINLI_TRUSTED_PROXIES": str(self.settings.trusted_proxies + 1),
            **own.get(service, {}),
        }


def install(settings: OneMachineSettings, servers: Servers, services: tuple[str, ...]) -> Installation:
    """Make the secrets, keys and databases that are not there yet; the servers run."""
    folder = settings.folder / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    private, shown = folder / "keys.json", folder / "jwks.json"
    if not private.exists():
        write_key_set(private, new_key_set())
    write_key_set(shown, public(read_key_set(private)))

    def kept(name: str) -> str:
        return kept_secret(folder / name, lambda: secrets.token_hex(32))

    passwords = {service: kept(f"postgres-{service}") for service in services}
    return Installation(
        settings,
        servers,
        database_urls=provide(servers.postgres_url(), passwords),
        amqp_passwords={service: kept(f"amqp-{service}") for service in services},
        claim_secret=kept("claim"),
        private_keys=private,
        public_keys=shown,
    )


def _inherited(given: Mapping[str, str], process: str, services: list[str]) -> dict[str, str]:
    """The given variables without ours and without those of other services."""
    foreign = tuple(_of(name, "") for name in services if name != process)
    own = tuple(_of(name, word) for name in services for word in ("DATABASE_URL", "CLAIM_SECRET"))
    return {
        name: value
        for name, value in given.items()
        if name.removesuffix("_FILE") not in _OURS
        and name not in _OURS
        and not name.startswith(foreign)
        and not name.startswith(own)
    }


def _of(service: str, word: str) -> str:
    return f"LINLI_{service.upper()}_{word}"
