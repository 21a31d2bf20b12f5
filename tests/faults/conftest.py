"""What a case needs besides the installations it is run against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.faults.journal import Journal
from tests.faults.view import View


@pytest.fixture
def view(installation: Installation) -> Iterator[View]:
    """The databases and queues of the installation, to be read."""
    with closing(View(installation)) as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """What the drivers of this case asked for and were answered."""
    with closing(Journal(tmp_path / "journal")) as made:
        yield made
