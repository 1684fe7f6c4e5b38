"""Frames: whole messages out of packets, and names for nonsense."""

import os

import pytest

from jobsmith.processes.frames import MAX_PAYLOAD, Assembler, FrameBroken, Kind, packets


@pytest.mark.parametrize("size", [0, 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 5 * MAX_PAYLOAD])
def test_a_message_of_any_size_arrives_whole(size: int) -> None:
    payload = os.urandom(size)
    assembler = Assembler()
    messages = [assembler.add(packet) for packet in packets(Kind.LOG, payload, 7)]
    assert messages[:-1] == [None] * (len(messages) - 1)
    assert messages[-1] is not None
    assert (messages[-1].sender, messages[-1].payload) == (7, payload)


def test_two_senders_do_not_mix() -> None:
    assembler = Assembler()
    one = list(packets(Kind.LOG, b"1" * (MAX_PAYLOAD + 1), 1))
    two = list(packets(Kind.LOG, b"2" * (MAX_PAYLOAD + 1), 2))
    told = [assembler.add(packet) for pair in zip(one, two, strict=True) for packet in pair]
    assert [set(each.payload) for each in told if each] == [{ord("1")}, {ord("2")}]


@pytest.mark.parametrize(
    "packet",
    [b"", b"x", b"nonsense of some length", b"\xff\0" + b"\0" * 8, b"\x02\x05" + b"\0" * 8],
)
def test_nonsense_is_refused(packet: bytes) -> None:
    with pytest.raises(FrameBroken):
        Assembler().add(packet)


def test_a_message_without_end_is_refused() -> None:
    assembler = Assembler()
    first = next(packets(Kind.LOG, b"x" * (MAX_PAYLOAD + 1), 1))
    with pytest.raises(FrameBroken):
        [assembler.add(first) for _ in range(1000)]
