"""Bytes into frames: any chunking, any bytes, bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from callcenter.telephony.ami.frames import Frame, Framer, every, first
from callcenter.telephony.ami.names import IGNORED, WANTED
from tests.telephony.fake_ami import event

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
LIMIT = 200


def framer(limit: int = 65_536) -> Framer:
    return Framer({"Hangup", "Newchannel"}, {"VarSet"}, limit)


def test_only_wanted_events_and_responses_are_decoded() -> None:
    cut = framer()
    frames = cut.feed(
        BANNER
        + event("VarSet", Value="x")
        + event("Hangup", Uniqueid="1.1")
        + event("Mystery")
        + b"Response: Success\r\nActionID: 7\r\n\r\n"
    )
    assert [frame.name for frame in frames] == ["Hangup", ""]
    assert frames[0].headers["uniqueid"] == "1.1"
    assert frames[1].first("actionid") == "7"
    counts = cut.counts
    assert (counts.wanted, counts.dropped, counts.unknown, counts.responses) == (1, 1, 1, 1)
    assert cut.banner == "11.0.0"
    assert cut.losses == 0


def test_a_letter_split_across_two_reads_is_whole() -> None:
    data = BANNER + event("Newchannel", CallerIDName="Пётр Ильич")
    for at in range(len(data)):
        cut = framer()
        frames = cut.feed(data[:at]) + cut.feed(data[at:])
        assert [frame.first("calleridname") for frame in frames] == ["Пётр Ильич"]
        assert cut.counts.broken_text == 0


def test_broken_utf8_is_replaced_and_counted() -> None:
    cut = framer()
    (frame,) = cut.feed(BANNER + b"Event: Hangup\r\nCallerIDName: P\xff\xfeter\r\nUniqueid: 1.1\r\n\r\n")
    assert frame.first("calleridname") == "P��ter"
    assert frame.first("uniqueid") == "1.1"
    assert cut.counts.broken_text == 1


def test_repeated_headers_are_all_kept_in_order() -> None:
    (frame,) = framer().feed(BANNER + event("Hangup", Variable=["a=1", "b=2", "c=3"], Cause="16"))
    assert frame.headers["variable"] == ["a=1", "b=2", "c=3"]
    assert every(frame.headers, "variable") == ["a=1", "b=2", "c=3"]
    assert every(frame.headers, "cause") == ["16"]
    assert every(frame.headers, "nothing") == []
    assert first(frame.headers, "variable") == "a=1"
    assert first(frame.headers, "nothing") == ""


@pytest.mark.parametrize("spelled", ["CommandId", "CommandID", "commandid"])
def test_header_names_have_no_case(spelled: str) -> None:
    (frame,) = framer().feed(BANNER + event("Hangup", **{spelled: "7"}))
    assert frame.first("commandid") == "7"


def test_values_keep_their_colons_and_may_be_empty() -> None:
    (frame,) = framer().feed(
        BANNER + b"Event: Hangup\r\nData: sip: a: b\r\nEmpty: \r\nBare:\r\nfree text\r\n\r\n"
    )
    assert frame.headers == {"event": "Hangup", "data": "sip: a: b", "empty": "", "bare": ""}


def test_empty_lines_too_many_are_no_garbage() -> None:
    cut = framer()
    frames = cut.feed(BANNER + b"\r\n\r\n\r\n" + event("Hangup") + b"\r\n" + event("Hangup"))
    assert len(frames) == 2
    assert cut.counts.garbage == 0


def test_garbage_is_counted_and_passed_over() -> None:
    cut = framer()
    frames = cut.feed(BANNER + b"\x00\x01 GET / HTTP/1.1\r\n\r\n" + event("Hangup"))
    assert len(frames) == 1
    assert (cut.counts.garbage, cut.losses) == (1, 1)


def test_a_peer_without_a_banner_is_read_as_it_is() -> None:
    cut = framer()
    assert len(cut.feed(event("Hangup"))) == 1
    assert cut.banner is None


def test_an_endless_banner_is_given_up() -> None:
    cut = framer(LIMIT)
    for _ in range(100):
        assert cut.feed(b"Asterisk Call Manager/" + b"9" * 100) == []
        assert cut.buffered <= LIMIT + 3
    assert len(cut.feed(b"\r\n\r\n" + event("Hangup"))) == 1
    assert (cut.banner, cut.counts.oversized) == (None, 1)


def test_garbage_without_an_end_never_grows_memory() -> None:
    cut = framer(LIMIT)
    cut.feed(BANNER)
    for _ in range(1000):
        assert cut.feed(b"x" * 1000) == []
        assert cut.buffered <= LIMIT + 3
    assert len(cut.feed(b"\r\n\r\n" + event("Hangup"))) == 1
    assert cut.counts.oversized == 1


def test_a_frame_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    head = b"Event: Hangup\r\nData: "
    for size, frames in ((LIMIT, 1), (LIMIT + 1, 0)):
        data = BANNER + head + b"d" * (size - len(head)) + b"\r\n\r\n"
        for step in (1, 7, len(data)):
            cut = framer(LIMIT)
            read = [frame for at in range(0, len(data), step) for frame in cut.feed(data[at : at + step])]
            assert len(read) == frames, (size, step)
            assert cut.counts.oversized == 1 - frames


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                event("Hangup", Uniqueid="1.1"),
                event("Newchannel", CallerIDName="Пётр"),
                event("VarSet", Value="x" * 50),
                event("Mystery"),
                b"Response: Success\r\nActionID: 7\r\n\r\n",
                b"\r\n",
                b"\r\n\r\n",
                b"\r",
                b"Event: Hangup\r\nData: " + b"d" * 300 + b"\r\n\r\n",
            ]
        ),
        st.binary(max_size=40),
    ),
    max_size=12,
)


@given(banner=st.booleans(), pieces=PIECES, data=st.data())
def test_any_chunking_gives_the_same_frames_and_counts(
    banner: bool, pieces: list[bytes], data: st.DataObject
) -> None:
    stream = (BANNER if banner else b"") + b"".join(pieces)
    whole = framer(LIMIT)
    expected: list[Frame] = whole.feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    parts = framer(LIMIT)
    frames: list[Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        frames += parts.feed(stream[start:end])
        assert parts.buffered <= LIMIT + 3 + 128
    assert frames == expected
    assert parts.counts == whole.counts
    assert parts.banner == whole.banner


def test_no_event_is_both_wanted_and_ignored() -> None:
    assert not WANTED & IGNORED
