"""Fewer turns to the kernel, and not one byte else: what is written arrives in order, what arrives is read whole."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from struct import pack

import pytest

from services.chassis.transport.rabbitmq import buffered
from services.chassis.transport.rabbitmq.buffered import BufferedTransport

FRAME = pack(">BHI5sB", 3, 1, 5, b"hello", 0xCE)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def peer(ends: tuple[socket.socket, socket.socket]) -> socket.socket:
    return ends[1]


@pytest.fixture
def transport(ends: tuple[socket.socket, socket.socket]) -> BufferedTransport:
    transport = BufferedTransport("nowhere")
    transport.sock = ends[0]
    transport._setup_transport()
    return transport


def test_frames_that_came_together_are_read_one_by_one(
    peer: socket.socket, transport: BufferedTransport
) -> None:
    peer.sendall(FRAME * 3)

    assert transport.read_frame() == (3, 1, b"hello")
    assert transport.pending
    assert [transport.read_frame(), transport.read_frame()] == [(3, 1, b"hello")] * 2
    assert not transport.pending


def test_half_a_frame_is_waited_for_and_not_lost(peer: socket.socket, transport: BufferedTransport) -> None:
    # Given the beginning of a frame, on which the reader's patience ends
    peer.sendall(FRAME[:9])
    transport.sock.settimeout(0.01)
    with pytest.raises(TimeoutError):
        transport.read_frame()
    assert transport.pending

    # When the rest comes
    peer.sendall(FRAME[9:])

    # Then the frame is whole
    assert transport.read_frame() == (3, 1, b"hello")


def test_a_lost_connection_is_an_error(peer: socket.socket, transport: BufferedTransport) -> None:
    peer.close()

    with pytest.raises(OSError, match="closed"):
        transport.read_frame()


def test_what_is_written_together_waits_for_the_end(
    peer: socket.socket, transport: BufferedTransport
) -> None:
    # Given frames written through memory that is used again, as the client does it
    memory = bytearray(b"one")
    with transport.together():
        transport.write(memoryview(memory))
        memory[:] = b"two"
        transport.write(memoryview(memory))

        # Then nothing is on its way
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(10)

    # Until the end
    peer.setblocking(True)
    assert peer.recv(10) == b"onetwo"
    transport.write(b"three")
    assert peer.recv(10) == b"three"


def test_no_more_is_held_back_than_memory_allows(
    peer: socket.socket, transport: BufferedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffered, "_HELD", 6)

    with transport.together():
        transport.write(b"one")
        transport.write(b"two")
        assert peer.recv(10) == b"onetwo"
        transport.write(b"three")
    assert peer.recv(10) == b"three"


def test_after_an_error_the_rest_is_not_sent(peer: socket.socket, transport: BufferedTransport) -> None:
    def fail_midway() -> None:
        with transport.together():
            transport.write(b"one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()

    transport.write(b"two")
    assert peer.recv(10) == b"two"
