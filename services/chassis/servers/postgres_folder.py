"""Where a PostgreSQL server keeps its data, its socket and its password."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

from services.chassis.servers.account import Account, own_account, owner, server_account
from services.chassis.servers.daemon import ServerError
from services.chassis.servers.files import kept_secret, write_whole

# The longest path of a socket is 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET = 103
# Not /var/tmp: what lies there is removed by age on many systems.
_OUTSIDE = Path("/var/lib")
_PREFIX = "linli-postgres-"


class PostgresFolder:
    """The files of one server: those we read in `folder`, those the server's user owns in `home`.

    Both are the same folder, unless we are root and the server's user cannot enter ours (/root is closed to
    all others). Then `home` is a private folder of its own, and the file `location` in ours names it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._location = folder / "location"
        self._short_socket = folder / "socket-location"

    @property
    def home(self) -> Path:
        """The folder that holds the data."""
        return Path(self._location.read_text()) if self._location.exists() else self.folder

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """The folder of the server's private socket."""
        return Path(self._short_socket.read_text()) if self._short_socket.exists() else self.home / "socket"

    def password(self) -> str:
        """The password of the server's only user, made at the first call."""
        return kept_secret(self.folder / "password", lambda: secrets.token_urlsafe(24))

    def account(self) -> Account:
        """The user the server runs as: for root the owner of the data, where there are any."""
        if self.data.exists() and own_account().uid == 0:
            return owner(self.data)
        return server_account()

    def prepare(self) -> None:
        """Make what is missing before the server is started, by the one who will start it."""
        if self._location.exists() and not self.home.is_dir():
            raise ServerError(f"the data named by {self._location} are gone: restore {self.home}, or reset")
        account = self.account()
        if not account.can_enter(self.home):
            account.let_enter(self.home)
        if not account.can_enter(self.home):
            self._move_out(account)
        account.make_folder(self.home / "socket")

    def fresh_socket(self, name: str) -> None:
        """A folder for the socket file `name`, short enough for the system, with nothing of a killed server in it.

        Asked while we hold our lock, so no server of ours lives; but PostgreSQL takes a lock file for a living server's
        while any process, if only one that nobody has waited for, has the number in it.
        """
        self.drop_socket()
        for left in (name, f"{name}.lock"):
            (self.home / "socket" / left).unlink(missing_ok=True)
        if len(bytes(self.home / "socket" / name)) > _LONGEST_SOCKET:
            short = Path(tempfile.mkdtemp(prefix="linli-"))
            write_whole(self._short_socket, str(short))
            self.account().make_folder(short)

    def drop_socket(self) -> None:
        """Remove the short folder of the socket, where there is one."""
        if self._short_socket.exists():
            shutil.rmtree(self.socket, ignore_errors=True)
            self._short_socket.unlink()

    def remove(self) -> None:
        """Remove everything, wherever it lies."""
        self.drop_socket()
        if self.home != self.folder and self.home.parent == _OUTSIDE and self.home.name.startswith(_PREFIX):
            shutil.rmtree(self.home, ignore_errors=True)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _move_out(self, account: Account) -> None:
        if self.data.exists():
            raise ServerError(f"user {account.uid}, who owns {self.data}, can no longer enter it")
        home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_OUTSIDE))
        write_whole(self._location, str(home))
        account.let_enter(home)
        if not account.can_enter(home):
            raise ServerError(f"user {account.uid} can enter neither {self.folder} nor {home}")
