"""The fault proxy does to connections what it says, and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from services.chassis.testing import eventually
from tests.faults.proxy import Proxy, Side


class Echo:
    """A server that sends back what it gets. `got` is everything it got, `ended` how its connections ended."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.got = b""
        self.ended: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                while piece := connection.recv(65536):
                    self.got += piece
                    connection.sendall(piece)
                self.ended.append("in order")
            except ConnectionResetError:
                self.ended.append("reset")


@pytest.fixture
def echo() -> Iterator[Echo]:
    with closing(Echo()) as server:
        yield server


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with closing(Proxy(echo.port)) as made:
        yield made


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as made:
        made.settimeout(5.0)
        made.sendall(b"hello")
        assert made.recv(100) == b"hello"
        yield made


def hears_nothing(client: socket.socket, seconds: float = 0.1) -> bool:
    """Whether nothing comes, not even the end."""
    client.settimeout(seconds)
    try:
        client.recv(100)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5.0)
    return False


def read_all(client: socket.socket) -> bytes:
    """Everything until the connection ends."""
    came = b""
    while piece := client.recv(65536):
        came += piece
    return came


def test_bytes_pass_unchanged(client: socket.socket, echo: Echo) -> None:
    sent = bytes(range(256)) * 4096
    threading.Thread(target=client.sendall, args=(sent,)).start()

    came = b""
    while len(came) < len(sent):
        came += client.recv(65536)

    assert came == sent


def test_a_client_that_closes_ends_its_connection_to_the_server(client: socket.socket, echo: Echo) -> None:
    client.close()

    assert eventually(lambda: echo.ended) == ["in order"]


def test_a_delay_is_added_to_answers_alone(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    proxy.answers.delay = 0.3
    began = time.monotonic()
    client.sendall(b"late")

    eventually(lambda: echo.got == b"hellolate")
    arrived = time.monotonic() - began
    assert client.recv(100) == b"late"

    assert time.monotonic() - began >= 0.3
    assert arrived < 0.3


def test_held_answers_arrive_in_order_once_they_are_released(client: socket.socket, proxy: Proxy) -> None:
    proxy.answers.hold()
    client.sendall(b"one")
    assert hears_nothing(client)
    client.sendall(b"two")

    proxy.answers.release()

    came = b""
    while len(came) < 6:
        came += client.recv(100)
    assert came == b"onetwo"


def test_lost_requests_never_arrive_and_what_comes_after_them_does(
    client: socket.socket, proxy: Proxy, echo: Echo
) -> None:
    proxy.requests.lost.set()
    client.sendall(b"lost")
    assert hears_nothing(client)

    proxy.requests.lost.clear()
    client.sendall(b"found")

    assert client.recv(100) == b"found"
    assert echo.got == b"hellofound"


def test_lost_answers_leave_the_server_with_the_request(
    client: socket.socket, proxy: Proxy, echo: Echo
) -> None:
    proxy.answers.lost.set()
    client.sendall(b"done")

    assert hears_nothing(client)
    assert echo.got == b"hellodone"


def test_a_connection_is_reset_after_so_many_bytes(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    proxy.requests.cut_after(3)
    client.sendall(b"abcdef")

    assert eventually(lambda: echo.ended) == ["reset"]
    assert echo.got in (b"hello", b"helloabc")
    with pytest.raises(ConnectionResetError):
        read_all(client)


def test_connections_cut_end_in_order_and_new_ones_are_welcome(
    client: socket.socket, proxy: Proxy, echo: Echo
) -> None:
    proxy.cut()

    assert client.recv(100) == b""
    assert eventually(lambda: echo.ended) == ["in order"]
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as another:
        another.sendall(b"again")
        assert another.recv(100) == b"again"
    assert proxy.accepted == 2


def test_connections_reset_break_off_at_both_ends(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    proxy.reset()

    with pytest.raises(ConnectionResetError):
        client.recv(100)
    assert eventually(lambda: echo.ended) == ["reset"]


def test_a_stranded_client_is_told_nothing(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    proxy.strand(Side.CLIENT)

    assert eventually(lambda: echo.ended) == ["reset"]
    client.sendall(b"anybody?")
    assert hears_nothing(client)


def test_a_stranded_server_is_told_nothing(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    proxy.strand(Side.SERVER)

    with pytest.raises(ConnectionResetError):
        client.recv(100)
    assert echo.ended == []


def test_a_server_that_is_away_refuses_through_the_proxy(echo: Echo, proxy: Proxy) -> None:
    echo.close()

    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as client:
        client.settimeout(5.0)
        with pytest.raises(ConnectionResetError):
            client.recv(100)


@pytest.mark.parametrize(("deaf", "got"), [(Side.CLIENT, b"hello?"), (Side.SERVER, b"hello")])
def test_what_is_sent_to_a_deaf_side_is_lost_and_new_connections_hear(
    client: socket.socket, proxy: Proxy, echo: Echo, deaf: Side, got: bytes
) -> None:
    proxy.deafen(deaf)

    client.sendall(b"?")
    assert hears_nothing(client)
    assert (echo.got, echo.ended) == (got, [])
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as another:
        another.sendall(b"again")
        assert another.recv(100) == b"again"
