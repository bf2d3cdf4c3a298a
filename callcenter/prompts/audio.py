"""An uploaded recording into what Asterisk plays: 8 kHz, mono, 16-bit WAV, at the loudness of speech. No
disk.

Decoding and resampling are miniaudio's (small wheels without further libraries; PyAV would bring 36 MB of
FFmpeg under the GPL, and soundfile doesn't resample). There is no 16 kHz variant: Asterisk would pick one for
wideband codecs only, and the rendered configuration offers phones and trunks G.711 alone.
"""

from __future__ import annotations

import array
import io
import math
import wave
from dataclasses import dataclass, field

import miniaudio

from callcenter.errors import PeerError

RATE = 8000
"""Samples a second, of G.711."""
MAX_BYTES = 20_000_000
"""Of an upload: two minutes of CD quality, or twenty of a usual MP3."""
MAX_SECONDS = 600
"""Of a recording. A longer one is music, or a mistake."""
SHORTEST = 0.1
"""Seconds below which nothing can be understood."""

_PEAK = 0.7
"""Highest sample after conversion, of 1: -3 dB, beyond which some gateways clip."""
_LOUDNESS = 0.1
"""Root mean square of what is spoken, of 1: -20 dB, the usual level of telephone speech."""
_QUIET = 0.01
"""A block below this (-40 dB) is a pause, and counts not towards the loudness."""
_LOUDEST_GAIN = 10.0
"""20 dB: a recording quieter than that is noise once it is raised."""
_BLOCK = RATE // 20
_FULL = 32768.0


class AudioError(PeerError):
    """An upload that can't be used: ``problem`` and ``remedy``, for whoever uploaded it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"the recording {problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class PromptAudio:
    """A converted recording. ``gain`` is what its loudness was multiplied by."""

    wav: bytes = field(repr=False)
    seconds: float
    gain: float


def convert(data: bytes) -> PromptAudio:
    """The bytes of a WAV or MP3 file, whatever its rate, channels and depth, into a prompt.

    Raises ``AudioError``. Blocks for about a second for each five minutes of recording.
    """
    if len(data) > MAX_BYTES:
        raise AudioError(
            f"has {len(data)} bytes", f"upload at most {MAX_BYTES // 1_000_000} MB: cut it, or save it as MP3"
        )
    if not _is_known(data):
        raise AudioError("is neither WAV nor MP3", "save it as one of these, and upload that")
    samples = _decoded(data)
    seconds = len(samples) / RATE
    if seconds < SHORTEST:
        raise AudioError(f"is {seconds:.2f} s long", "see that it was saved whole")
    gain = _gain(samples)
    if gain == 0.0:
        raise AudioError("is silent", "see that the microphone was on")
    raised = array.array("h", (round(sample * gain) for sample in samples))
    return PromptAudio(_wav(raised), seconds, gain)


def read_seconds(wav: bytes) -> float:
    """The length of a WAV file that Asterisk can play as it is. Raises ``AudioError``."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            frames = file.getnframes()
            whole = len(file.readframes(frames)) == frames * 2
    except (wave.Error, EOFError):
        raise AudioError("is no WAV file", "upload it again") from None
    if form != (RATE, 1, 2):
        raise AudioError("is not 8 kHz, mono, 16 bit, which Asterisk needs", "upload it again")
    if not frames or not whole:
        raise AudioError("is cut short", "upload it again")
    seconds: float = frames / RATE
    return seconds


def _is_known(data: bytes) -> bool:
    """Whether it begins as a WAV or MP3 file does. miniaudio would find MP3 frames in any noise."""
    if data[:4] in (b"RIFF", b"RIFX", b"RF64") and data[8:12] == b"WAVE":
        return True
    # An MPEG frame: eleven bits set, a version, layer III, and neither a free nor a bad bit rate.
    frame = (
        len(data) > 4
        and data[0] == 0xFF
        and data[1] & 0xE6 == 0xE2
        and data[1] & 0x18 != 0x08
        and data[2] >> 4 not in (0, 15)
        and data[2] & 0x0C != 0x0C
    )
    return frame or data[:3] == b"ID3"


def _decoded(data: bytes) -> array.array[int]:
    samples = array.array("h")
    try:
        # Piece by piece, so that a small file of many hours is given up in time.
        pieces = miniaudio.stream_memory(
            data, miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, frames_to_read=RATE
        )
        for piece in pieces:
            samples.extend(piece)
            if len(samples) > MAX_SECONDS * RATE:
                raise AudioError(f"is longer than {MAX_SECONDS} s", "cut it")
    except miniaudio.MiniaudioError:
        raise AudioError(
            "can't be decoded", "play it on your own computer: if that fails, too, save it anew"
        ) from None
    return samples


def _gain(samples: array.array[int]) -> float:
    """What to multiply by: to the loudness of speech, but no sample over the peak; 0 for silence."""
    loudest, lowest = max(samples), min(samples)
    peak = max(loudest, -lowest) / _FULL
    squares = [
        sum(sample * sample for sample in block) / len(block) / _FULL**2
        for block in (samples[at : at + _BLOCK] for at in range(0, len(samples), _BLOCK))
    ]
    spoken = [square for square in squares if square > _QUIET**2 * min(1.0, peak)] or squares
    loudness = math.sqrt(sum(spoken) / len(spoken))
    if loudness < 1e-4:  # -80 dB
        return 0.0
    gain: float = min(_LOUDNESS / loudness, _LOUDEST_GAIN, _PEAK / peak)
    return gain


def _wav(samples: array.array[int]) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return stream.getvalue()
