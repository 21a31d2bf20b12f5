"""A volume that is full takes nothing more, and everything again once there is space."""

from __future__ import annotations

import errno
from contextlib import closing

import pytest

from services.chassis.testing.servers import missing
from tests.faults.volume import Volume


def test_a_full_volume_takes_nothing_until_there_is_space() -> None:
    with closing(Volume(64)) as volume:
        if not volume.mounted:
            missing("a tmpfs cannot be mounted here: run as root")
        file = volume.folder / "file"
        file.write_bytes(bytes(1024**2))

        volume.fill()
        with file.open("ab", buffering=0) as more, pytest.raises(OSError, match="No space") as refused:
            more.write(bytes(4096))
        assert refused.value.errno == errno.ENOSPC
        assert file.stat().st_size == 1024**2

        volume.free()
        file.write_bytes(bytes(2 * 1024**2))
    assert not volume.folder.exists()
