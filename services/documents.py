"""`linli documents`: what is derived from the code: events, AsyncAPI, OpenAPI. `make docs` writes it, a test compares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from services.chassis import logs
from services.chassis.envelope import CONTENT_TYPE
from services.chassis.platform import Process, ServiceDefinition, platform
from services.chassis.settings import load
from services.chassis.topology import topology_of
from services.chassis.transport import EVENTS
from services.contracts.catalogue import CATALOGUE
from services.contracts.table import TABLE, EventType
from services.standalone import SERVICES

#: Settings to make the applications with; nothing of it is looked at.
_NOWHERE = {
    "LINLI_JWKS_FILE": "jwks.json",
    "LINLI_SIGNING_KEYS_FILE": "keys.json",
    "LINLI_INTAKE_CLAIM_SECRET": "-" * 32,
    **{f"LINLI_{definition.name.upper()}_DATABASE_URL": "postgresql+psycopg://" for definition in SERVICES},
}


@click.command()
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True
)
def documents(folder: Path) -> None:
    """Write the documents that are derived from the code. | 生成文档。"""
    logs.configure("WARNING")
    for name, text in rendered().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(folder / name)


def rendered() -> dict[str, str]:
    """Each derived document by its file name."""
    interfaces = {f"openapi/{definition.name}.json": openapi(definition) for definition in SERVICES}
    return {"events.md": events_page(), "asyncapi.yaml": asyncapi(), **interfaces}


def events_page() -> str:
    """The table of events and the permissions that follow from it, as Markdown."""
    rows = [
        f"| `{event.name}` | {', '.join(event.publishers)} | {', '.join(event.consumers)} | {_first_line(event)} |"
        for event in TABLE
    ]
    users = [
        f"| `{user.name}` | {', '.join(f'`{name}`' for name in user.read)} | "
        f"{'<br>'.join(f'`{x}`: ' + (', '.join(sorted(keys)) or '–') for x, keys in user.topics.items())} |"
        for user in topology_of(CATALOGUE).users
    ]
    return "\n".join(
        [
            "# Events",
            "",
            "Derived from `services/contracts/table.py` by `make docs`; do not edit.",
            "",
            "| event | published by | consumed by | what it says |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "## Broker users",
            "",
            "A user configures nothing, reads its own queues and writes the keys listed: literal keys, no patterns.",
            "",
            "| user | reads | writes |",
            "| --- | --- | --- |",
            *users,
            "",
        ]
    )


def asyncapi() -> str:
    """AsyncAPI 3.0 of the exchange `linli.events`."""
    spec = APISpec("events", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    schemas = {f"{e.name}.v{e.version}": _json_schema(spec, e) for e in TABLE}
    # Objects within them, which the plugin puts aside and refers to.
    schemas |= spec.components.schemas
    channels = {
        event.name: {
            "address": event.name,
            "messages": {
                f"{event.name}.v{event.version}": {
                    "$ref": f"#/components/messages/{event.name}.v{event.version}"
                }
            },
            "bindings": {
                "amqp": {"is": "routingKey", "exchange": {"name": EVENTS, "type": "topic", "durable": True}}
            },
        }
        for event in TABLE
    }
    messages = {
        f"{event.name}.v{event.version}": {
            "name": f"linli.{event.name}.v{event.version}",
            "summary": _first_line(event),
            "contentType": CONTENT_TYPE,
            "payload": {"$ref": f"#/components/schemas/{event.name}.v{event.version}"},
        }
        for event in TABLE
    }
    operations = {
        f"{service}.{verb}.{event.name}": {"action": verb, "channel": {"$ref": f"#/channels/{event.name}"}}
        for event in TABLE
        for verb, services in (("send", event.publishers), ("receive", event.consumers))
        for service in services
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Linli events", "version": "1"},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def openapi(definition: ServiceDefinition) -> str:
    """OpenAPI 3.1 of one service's HTTP interface, as the service itself serves it. Connects to nothing."""
    settings = load(definition.settings, _NOWHERE)
    app = definition.web(platform(definition, settings, Process(), role="documents"), settings)
    document = app.test_client().get(f"/api/{definition.name}/openapi.json").json
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _json_schema(spec: APISpec, event: EventType) -> dict[str, Any]:
    plugin = spec.plugins[0]
    data: dict[str, Any] = plugin.converter.schema2jsonschema(event.schema())  # type: ignore[attr-defined]
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["id", "source", "type", "specversion", "subject", "time", "version", "mode", "data"],
        "properties": {
            "id": {**text, "format": "uuid"},
            "source": {**text, "enum": [f"/{publisher}" for publisher in event.publishers]},
            "type": {**text, "const": f"linli.{event.name}.v{event.version}"},
            "specversion": {**text, "const": "1.0"},
            "subject": text,
            "time": {**text, "format": "date-time"},
            "version": {**text, "pattern": "^[1-9][0-9]*$"},
            "mode": {**text, "enum": ["live", "historical"]},
            "estate": text,
            "causationid": {**text, "format": "uuid"},
            "traceparent": text,
            "data": {**data, "description": " ".join((event.schema.__doc__ or "").split())},
        },
    }


def _first_line(event: EventType) -> str:
    return (event.schema.__doc__ or "").strip().partition("\n")[0]
