"""What is archived by reference can be said again by each service that says it (DESIGN §2.8)."""

from __future__ import annotations

from services.contracts.catalogue import CATALOGUE
from services.standalone import SERVICES


def test_each_publisher_of_personal_data_can_say_them_again() -> None:
    personal = CATALOGUE.personal()

    said_again = {(service.name, name) for service in SERVICES for name in service.references}

    assert personal
    assert said_again == {
        (s.name, name) for s in SERVICES for name in personal & CATALOGUE.published_by(s.name)
    }
