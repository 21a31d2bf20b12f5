"""What `linli reset` takes away, and what it leaves."""

from __future__ import annotations

from pathlib import Path

from services.onemachine.stopping import remove_all

#: What `linli run` and the sample write into their home, their database aside.
WRITTEN = ("env", "keys.json", "jwks.json", "claim-secret", "linli.log", "run.pid", "sample-done")


def test_nothing_of_an_embedded_installation_is_left(tmp_path: Path) -> None:
    home = tmp_path / ".linli"
    home.mkdir()
    for name in WRITTEN:
        (home / name).touch()

    remove_all(home, home / "up")

    assert not home.exists()


def test_what_somebody_else_put_there_stays(tmp_path: Path) -> None:
    home = tmp_path / ".linli"
    home.mkdir()
    (home / "notes.txt").touch()

    remove_all(home, home / "up")

    assert [file.name for file in home.iterdir()] == ["notes.txt"]
