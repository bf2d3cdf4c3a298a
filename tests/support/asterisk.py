"""A real Asterisk 22 for one test session, configured by the product's own renderer.

Everything is on loopback, on leased ports, in a temporary directory of its own. Tests that share one server
keep apart by the numbers they dial and the stations they use.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from callcenter.asterisk_config import (
    AmiTls,
    AsteriskConfig,
    Directories,
    FallbackMember,
    Station,
    StationKind,
    Trunk,
    render,
    write_config,
)
from callcenter.settings.asterisk import browser_password
from callcenter.settings.models import AmiSection, Settings
from tests.support import asterisk_tree
from tests.support.ports import free_tcp_port, free_udp_port, free_udp_range

AMI_USER = "callcenter"
AMI_SECRET = f"test-{secrets.token_hex(12)}"
"""A run's own: a server that outlived an interrupted run would else route calls on the next run's Asterisk,
which may well have the same port."""
HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
RTP_PORTS = 400
"""A hundred calls at once, two legs each, two ports a leg."""


def plain_station(station: str) -> Station:
    """A desk phone for tests; its password is ``station_password(station)``."""
    return Station(station, StationKind.PLAIN, station_password(station))


def webrtc_station(station: str) -> Station:
    """A browser for tests; its password is made from ``AMI_SECRET``, as that of a server's ranges is."""
    settings = Settings(ami=AmiSection(secret=SecretStr(AMI_SECRET)))
    return Station(station, StationKind.WEBRTC, browser_password(settings, "main", station))


def station_password(station: str) -> str:
    """The password every test station of this id has."""
    return f"secret-{station}"


BROWSER_STATIONS = "a2001-a2010"
DEFAULT_STATIONS = (
    *(plain_station(f"a{number}") for number in range(1001, 1041)),
    *(webrtc_station(f"a{number}") for number in range(2001, 2011)),
    *(plain_station(f"a{number}") for number in range(9001, 9003)),
)
"""a1001-a1040 desk phones, a2001-a2010 browsers, a9001-a9002 desk phones of the fallback queue."""
DEFAULT_FALLBACK = (FallbackMember("a9001"), FallbackMember("a9002"))


class AsteriskFailedError(Exception):
    """Asterisk did not start, stop or answer in time; the message ends with the tail of its log."""


class AsteriskServer:
    """One Asterisk process. ``start`` and ``stop`` block (about a second); in a running loop, use
    ``asyncio.to_thread``. Ports and directories stay the same across a restart.

    ``extra`` maps a file's name to text put at its end, for contexts and queues only a test needs.
    """

    def __init__(
        self,
        tree: Path,
        *,
        stations: Sequence[Station] = DEFAULT_STATIONS,
        fallback_members: Sequence[FallbackMember] = DEFAULT_FALLBACK,
        ring_seconds: int = 5,
        system_name: str = "rig",
        extra: Mapping[str, str] | None = None,
        ami_tls: AmiTls | None = None,
        rtp_ports: int = RTP_PORTS,
    ) -> None:
        self.tree = tree
        self.host = HOST
        self.ami_port = free_tcp_port()
        self.ami_user = AMI_USER
        self.ami_secret = AMI_SECRET
        self.sip_port = free_udp_port()
        self.http_port = free_tcp_port()
        self.websocket_url = f"ws://{HOST}:{self.http_port}/ws"
        # Short: a Unix socket's path holds 107 bytes at most.
        self.base = Path(tempfile.mkdtemp(prefix="cc-asterisk-"))
        rtp_first, rtp_last = free_udp_range(rtp_ports)
        self.outside_port = free_udp_port()
        """Where its calls outside go: a ``ScriptedOutside`` listens there."""
        self.prompts = self.base / "prompts"
        self.messages = self.base / "messages"
        self.recordings = self.base / "recordings"
        self.config = AsteriskConfig(
            ami_secret=self.ami_secret,
            system_name=system_name,
            ami_user=self.ami_user,
            ami_port=self.ami_port,
            ami_tls=ami_tls,
            sip_bind=HOST,
            sip_port=self.sip_port,
            http_port=self.http_port,
            rtp_first=rtp_first,
            rtp_last=rtp_last,
            trunks=(Trunk("trunk-rig", match=(HOST,), address=f"{HOST}:{self.outside_port}"),),
            prompts_directory=str(self.prompts),
            messages_directory=str(self.messages),
            recordings_directory=str(self.recordings),
            stations=tuple(stations),
            fallback_members=tuple(fallback_members),
            ring_seconds=ring_seconds,
            moh_directory=str(self.base / "moh"),
            directories=_directories(self.base, tree),
        )
        self._extra = dict(extra or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.started_in = 0.0
        """Seconds the last start took, until Asterisk was fully booted and AMI answered."""

    @property
    def pid(self) -> int:
        """The process id; raises ``AsteriskFailedError`` when it is not running."""
        if self._process is None:
            raise AsteriskFailedError("Asterisk is not running")
        return self._process.pid

    def start(self) -> None:
        """Returns once Asterisk is fully booted and AMI answers; raises ``AsteriskFailedError`` otherwise."""
        began = time.monotonic()
        self._prepare()
        try:
            socket.gethostbyname(socket.gethostname())
        except OSError:
            raise AsteriskFailedError(
                "this machine's own name does not resolve, which stalls calls: add it to /etc/hosts"
            ) from None
        with (self.base / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [*self._asterisk(), "-f"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        try:
            self._await_ready(began + START_SECONDS)
        except BaseException:
            self.stop(force=True)
            raise
        self.started_in = time.monotonic() - began

    def stop(self, *, force: bool = False) -> None:
        """End our process and no other: asked to, and killed when it does not go (or at once: ``force``)."""
        process, self._process = self._process, None
        if process is None:
            return
        if not force:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait(STOP_SECONDS)

    def remove(self) -> None:
        """Delete the temporary directory; call after ``stop``."""
        shutil.rmtree(self.base, ignore_errors=True)

    def cli(self, command: str, *, seconds: float = 10.0) -> str:
        """What Asterisk's console answers to ``command``; raises ``AsteriskFailedError`` when it does not."""
        try:
            done = subprocess.run(
                [*self._asterisk(), "-rx", command], capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise AsteriskFailedError(f"{command!r} took over {seconds} s{self.log_tail()}") from None
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            raise AsteriskFailedError(f"{command!r} failed: {output}{done.stderr.decode(errors='replace')}")
        return output

    async def acli(self, command: str, *, seconds: float = 10.0) -> str:
        """``cli`` without blocking the loop."""
        return await asyncio.to_thread(self.cli, command, seconds=seconds)

    def log(self) -> str:
        """Asterisk's whole log: notices, warnings and errors."""
        path = self.base / "log" / "messages"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def log_tail(self, lines: int = 30) -> str:
        """The end of the log and of the console, for a failure's message."""
        console = self.base / "console"
        printed = console.read_text(encoding="utf-8", errors="replace") if console.exists() else ""
        return "\n".join(
            [
                "",
                "--- log ---",
                *self.log().splitlines()[-lines:],
                "--- console ---",
                *printed.splitlines()[-10:],
            ]
        )

    def channels(self) -> list[str]:
        """Names of the channels that exist now; empty when no call is left."""
        rows = self.cli("core show channels concise").splitlines()
        return [row.split("!", 1)[0] for row in rows if "!" in row]

    def _asterisk(self) -> list[str]:
        return [*asterisk_tree.asterisk_command(self.tree), "-C", str(self.base / "etc" / "asterisk.conf")]

    def _prepare(self) -> None:
        directories = self.config.directories
        for name in directories.__slots__:
            if name != "modules":
                Path(getattr(directories, name)).mkdir(parents=True, exist_ok=True)
        # cdr_csv does not make its directory; Debian's package does.
        (Path(directories.log) / "cdr-csv").mkdir(exist_ok=True)
        data = Path(directories.data)
        shipped = self.tree / "usr/share/asterisk"
        (data / "sounds").mkdir(exist_ok=True)
        for link, target in (
            *(
                (data / "sounds" / language, shipped / "sounds" / folder)
                for language, folder in asterisk_tree.SOUNDS.items()
            ),
            (data / "documentation", shipped / "documentation"),
        ):
            if not link.is_symlink():
                link.symlink_to(target)
        music = Path(self.config.moh_directory)
        music.mkdir(exist_ok=True)
        (music / "tone.ulaw").write_bytes(_tone())
        rendered = render(self.config)
        for name, text in self._extra.items():
            rendered[name] += f"\n; ---- for this test ----\n{text}\n"
        write_config(rendered, Path(directories.etc))

    def _await_ready(self, until: float) -> None:
        process = self._process
        assert process is not None
        while True:
            if process.poll() is not None:
                raise AsteriskFailedError(f"Asterisk ended with {process.returncode}{self.log_tail()}")
            if time.monotonic() > until:
                raise AsteriskFailedError(f"Asterisk was not ready in {START_SECONDS} s{self.log_tail()}")
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.ami_port), 1) as ami:
                ami.settimeout(1)
                if ami.recv(64).startswith(b"Asterisk Call Manager"):
                    break
            time.sleep(0.02)
        # AMI listens before the dialplan is loaded.
        self.cli("core waitfullybooted", seconds=max(0.1, until - time.monotonic()))


def _directories(base: Path, tree: Path) -> Directories:
    return Directories(
        etc=str(base / "etc"),
        modules=str(tree / asterisk_tree.LIBRARIES / "asterisk" / "modules"),
        var=str(base / "var"),
        db=str(base / "var"),
        keys=str(base / "var"),
        data=str(base / "data"),
        spool=str(base / "spool"),
        run=str(base / "run"),
        log=str(base / "log"),
    )


def _tone() -> bytes:
    """Two seconds of a quiet 400 Hz tone, 8 kHz mu-law: music for the held, with no recording to ship."""
    return bytes(_mulaw(round(2000 * math.sin(2 * math.pi * 400 * at / 8000))) for at in range(16_000))


def _mulaw(sample: int) -> int:
    """One 16-bit sample as G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF
