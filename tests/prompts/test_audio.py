"""Uploads into prompts: every form that people have, and clear words for what is none."""

from __future__ import annotations

import array
import io
import itertools
import math
import wave
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from callcenter.prompts import MAX_BYTES, AudioError, convert
from callcenter.prompts.audio import RATE, read_seconds

MP3 = Path(__file__).parent / "tone.mp3"
"""Half a second of 440 Hz at 22,050 Hz, mono, written by libsndfile."""


def tone(
    seconds: float = 0.5, *, rate: int = RATE, level: float = 0.3, channels: int = 1, width: int = 2
) -> bytes:
    """A WAV file of 440 Hz; ``level`` is its peak, of 1."""
    frames = bytearray()
    for at in range(round(seconds * rate)):
        value = level * math.sin(2 * math.pi * 440 * at / rate)
        one = (
            bytes([round(value * 127) + 128])
            if width == 1
            else round(value * (2 ** (8 * width - 1) - 1)).to_bytes(width, "little", signed=True)
        )
        frames += one * channels
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(frames))
    return stream.getvalue()


def samples(wav: bytes) -> array.array[int]:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return array.array("h", file.readframes(file.getnframes()))


def hertz(wav: bytes) -> float:
    """The pitch, by its crossings of zero."""
    values = samples(wav)
    crossings = sum(before < 0 <= after for before, after in itertools.pairwise(values))
    return crossings / (len(values) / RATE)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (2, 3), (1, 1), (1, 4)])
def test_any_wav_becomes_what_asterisk_plays(rate: int, channels: int, width: int) -> None:
    audio = convert(tone(rate=rate, channels=channels, width=width))
    assert audio.seconds == pytest.approx(0.5, abs=0.02)
    assert hertz(audio.wav) == pytest.approx(440, rel=0.03)
    assert read_seconds(audio.wav) == audio.seconds


def test_an_mp3_becomes_what_asterisk_plays() -> None:
    audio = convert(MP3.read_bytes())
    assert audio.seconds == pytest.approx(0.5, abs=0.1)
    assert hertz(audio.wav) == pytest.approx(440, rel=0.15)


@pytest.mark.parametrize("level", [0.02, 0.05, 0.3, 1.0])
def test_loud_and_quiet_recordings_come_out_alike_and_none_clips(level: float) -> None:
    values = samples(convert(tone(level=level)).wav)
    loudness = math.sqrt(sum(value * value for value in values) / len(values)) / 32768
    assert loudness == pytest.approx(0.1, rel=0.05)
    assert max(values) < 0.71 * 32768


def test_a_peak_keeps_a_quiet_recording_from_being_raised_into_clipping() -> None:
    quiet = samples(tone(level=0.02))
    quiet[1000] = 32767
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(quiet.tobytes())
    assert max(samples(convert(stream.getvalue()).wav)) <= 0.71 * 32768


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "neither WAV nor MP3"),
        (b"<!DOCTYPE html><html></html>", "neither WAV nor MP3"),
        (b"OggS" + bytes(1000), "neither WAV nor MP3"),
        (b"RIFF\x10\x00\x00\x00WAVE", "can't be decoded"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + b"\xff" * 16, "can't be decoded"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"no frames here" * 50, "can't be decoded"),
        (bytes(MAX_BYTES + 1), "bytes"),
    ],
)
def test_what_is_no_audio_is_refused_with_a_remedy(data: bytes, problem: str) -> None:
    with pytest.raises(AudioError, match=problem) as caught:
        convert(data)
    assert caught.value.remedy


def test_a_recording_of_nothing_is_refused() -> None:
    with pytest.raises(AudioError, match="is silent"):
        convert(tone(level=0.0))
    with pytest.raises(AudioError, match="s long"):
        convert(tone(0.05))


def test_a_recording_of_hours_is_given_up() -> None:
    with pytest.raises(AudioError, match="longer than"):
        convert(tone(601, rate=8000, width=1))


def test_a_file_cut_short_in_the_folder_is_found() -> None:
    whole = convert(tone()).wav
    with pytest.raises(AudioError, match="cut short"):
        read_seconds(whole[:-100])


@given(st.binary(max_size=2000), st.sampled_from([b"", b"ID3", b"\xff\xfb\x90\x00", tone(0.1)[:44]]))
def test_no_bytes_do_more_than_be_refused(data: bytes, start: bytes) -> None:
    try:
        audio = convert(start + data)
    except AudioError:
        return
    assert read_seconds(audio.wav) == audio.seconds
