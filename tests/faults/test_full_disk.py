"""F22 embedded: the disk of everything is full. No promise is made that is not kept, and space is all that is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from services.chassis.testing.servers import missing
from tests.e2e.installation import Installation
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View
from tests.faults.volume import Volume


@pytest.fixture
def volume() -> Iterator[Volume]:
    """Room for everything an embedded installation keeps, and little more."""
    with closing(Volume(400)) as made:
        if not made.mounted:
            missing("a tmpfs cannot be mounted here: run as root")
        yield made


@pytest.fixture
def installation(volume: Volume) -> Iterator[Installation]:
    """`linli run` on the volume."""
    made = Installation("run", home=volume.folder)
    try:
        made.start()
        made.found()
        yield made
    finally:
        volume.free()
        made.remove()


def test_a_full_disk_takes_nothing_back_and_heals_when_there_is_space(
    installation: Installation, view: View, journal: Journal, volume: Volume
) -> None:
    # Given
    estate = "willow"
    with Residents(installation.people.public, estate, journal, pause=0.02) as residents:
        for _ in range(size(full=10, suite=1)):
            residents.reach(residents.accepted + 10)

            # When
            volume.fill()
            residents.hear(503)
            volume.free()

            # Then
            residents.reach(residents.accepted + 10)
    assert {attempt.status for attempt in journal.attempts()} <= {201, 503, 507, None}
    result = settled(installation, view, estate, journal)
    report("F22", installation.command, result, kills=0, volume="everything")
