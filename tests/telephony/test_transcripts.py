"""What a real Asterisk 22 wrote, into the typed events that it means.

The transcripts were recorded by ``record.py``; ``<name>.events`` beside each was read and found right by
hand, and says one event a line, with listings where they were asked for. ``python -m
tests.telephony.test_transcripts`` writes them anew after a recording.
"""

from __future__ import annotations

import re

import pytest

from callcenter.telephony.ami.frames import Framer, Headers
from callcenter.telephony.ami.names import IGNORED, WANTED
from callcenter.telephony.ami.parse import Malformed, Translator
from callcenter.telephony.ami.resync import read_listing
from routing.ids import ServerId
from tests.telephony.record import SCENARIOS, TRANSCRIPTS

SERVER = ServerId("main")


def told(data: bytes) -> list[str]:
    """A transcript as our eyes see it; the run's own epoch and bridge ids are levelled."""
    framer = Framer(WANTED, IGNORED, 65_536)
    translator = Translator(SERVER)
    lines: list[str] = []
    channels: list[Headers] = []
    devices: list[Headers] = []
    for frame in framer.feed(data):
        if "actionid" in frame.headers and frame.name != "OriginateResponse":
            if frame.name == "Status":
                channels.append(frame.headers)
            elif frame.name == "DeviceStateChange":
                devices.append(frame.headers)
            elif frame.name:
                listing = read_listing(SERVER, channels, devices, None)
                assert listing.malformed == 0
                lines += [f"listed {found!r}" for found in listing.synced.calls]
                if devices:
                    lines.append(f"listed {len(listing.synced.stations)} stations")
                channels, devices = [], []
            continue
        event = translator.translate(frame)
        assert not isinstance(event, Malformed)
        if event is not None:
            lines.append(repr(event))
    assert framer.losses == 0
    assert framer.counts.unknown == 0
    assert framer.buffered == 0
    assert translator.legs == 0, "every channel of the recording hung up"
    text = re.sub(r"rig-\d+\.", "rig-0.", "\n".join(lines))
    bridges = dict.fromkeys(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text))
    for number, bridge in enumerate(bridges):
        text = text.replace(bridge, f"bridge-{number}")
    return text.split("\n")


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_a_recorded_stream_means_these_events(scenario: str) -> None:
    expected = (TRANSCRIPTS / f"{scenario}.events").read_text(encoding="utf-8").splitlines()
    assert told((TRANSCRIPTS / f"{scenario}.ami").read_bytes()) == expected


def main() -> None:
    for scenario in SCENARIOS:
        lines = told((TRANSCRIPTS / f"{scenario}.ami").read_bytes())
        (TRANSCRIPTS / f"{scenario}.events").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
