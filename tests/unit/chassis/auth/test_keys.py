"""Key sets: two keys at once, private parts stay private, the file is read again when it changes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from services.chassis.auth.keys import (
    JwksFile,
    new_key_set,
    public,
    read_key_set,
    rotate,
    signing_key,
    write_key_set,
)
from services.chassis.errors import Unavailable
from services.chassis.testing.clock import ManualClock


def test_rotation_puts_a_new_key_in_front_and_keeps_the_one_before() -> None:
    first = new_key_set()

    second = rotate(first)
    third = rotate(second)

    assert [key.kid for key in second.keys][1:] == [key.kid for key in first.keys]
    assert [key.kid for key in third.keys][1:] == [signing_key(second).kid]


def test_the_public_set_holds_no_private_part() -> None:
    keys = new_key_set()

    assert "d" not in public(keys).as_dict()["keys"][0]
    with pytest.raises(ValueError, match="no private"):
        signing_key(public(keys))


def test_a_written_set_is_for_the_owner_alone_and_reads_back(tmp_path: Path) -> None:
    path, keys = tmp_path / "keys.json", new_key_set()

    write_key_set(path, keys)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key(read_key_set(path)).kid == signing_key(keys).kid
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_a_public_set_is_written_without_private_parts(tmp_path: Path) -> None:
    write_key_set(tmp_path / "jwks.json", public(new_key_set()))

    assert "d" not in json.loads((tmp_path / "jwks.json").read_text())["keys"][0]


def test_a_changed_file_is_noticed_after_a_few_seconds(tmp_path: Path) -> None:
    path, clock, keys = tmp_path / "jwks.json", ManualClock(), new_key_set()
    write_key_set(path, public(keys))
    file = JwksFile(path, clock)
    assert len(file.current().keys) == 1

    write_key_set(path, public(rotate(keys)))
    clock.advance(seconds=6)

    assert len(file.current().keys) == 2


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', "[]", '{"keys": [{"kty": "OKP"}]}'])
def test_a_torn_file_leaves_the_keys_known_so_far(tmp_path: Path, content: str) -> None:
    path, clock = tmp_path / "jwks.json", ManualClock()
    write_key_set(path, public(new_key_set()))
    file = JwksFile(path, clock)
    known = file.current()

    path.write_text(content)
    clock.advance(seconds=6)

    assert file.current() is known


def test_without_a_readable_file_nobody_can_be_checked(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        JwksFile(tmp_path / "none.json", ManualClock()).current()
