"""The four documents describe what is served, and what is served keeps to them, whatever is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.standalone import SERVICES
from tests.integration.surface.access_table import ACCESS, NOBODY, somebody_of
from tests.integration.surface.installation import Installation
from tests.integration.surface.requests import parameters_of
from tests.integration.surface.world import World

_NAMES = tuple(definition.name for definition in SERVICES)
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

#: Requests to each operation in each of the ways below; the same ones at every run.
_EXAMPLES = 8

#: Where nothing but a text in the path can be sent, and any text is one.
_NOTHING_TO_GET_WRONG = {"GET /api/intake/complaints/{number}"}

#: Whoever may call it; nobody gets past the door of most routes, whatever he sends.
_WAYS = [
    (route, caller, mode)
    for route, row in sorted(ACCESS.items())
    for caller in (somebody_of(route), *({NOBODY} & row.roles))
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or route not in _NOTHING_TO_GET_WRONG
]


@pytest.fixture(scope="module")
def documents(installation: Installation) -> Mapping[str, Any]:
    """The documents as schemathesis reads them, by service."""
    return {
        name: schemathesis.openapi.from_wsgi(f"/api/{name}/openapi.json", service.app)
        for name, service in installation.services.items()
    }


@pytest.mark.parametrize("name", _NAMES)
def test_the_document_is_valid_openapi_3_1(documents: Mapping[str, Any], name: str) -> None:
    document = documents[name]

    document.validate()

    assert document.raw_schema["openapi"] == "3.1.0"


@pytest.mark.parametrize("route", sorted(ACCESS))
def test_every_operation_says_what_it_is_for_what_it_answers_and_who_may_call(
    documents: Mapping[str, Any], route: str
) -> None:
    operation = _operation(documents, route).definition.raw

    assert operation["summary"].strip() == operation["summary"] != ""
    assert "\n" not in operation["summary"]
    assert {"default"} < set(operation["responses"])
    open_to_nobody = NOBODY in ACCESS[route].roles
    assert operation["security"] == ([] if open_to_nobody else [{"bearer": []}])


@pytest.mark.parametrize(("route", "caller", "mode"), _WAYS)
def test_nothing_that_is_sent_breaks_a_service_or_its_document(
    world: World, documents: Mapping[str, Any], route: str, caller: str, mode: GenerationMode
) -> None:
    headers = {} if caller == NOBODY else world.installation.headers(caller, "G")
    # What is valid shall meet something that is there.
    known = parameters_of(route, world.own) if mode is GenerationMode.POSITIVE else {}
    strategy = _operation(documents, route).as_strategy(generation_mode=mode, path_parameters=known or None)

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Case[Any]) -> None:
        # The limits of a minute are not what is looked at here.
        world.installation.clock.advance(seconds=10)
        case.call_and_validate(headers=headers, checks=_CHECKS)

    send()


def _operation(documents: Mapping[str, Any], route: str) -> Any:
    method, _, path = route.partition(" ")
    return documents[path.split("/")[2]][path][method.lower()]
