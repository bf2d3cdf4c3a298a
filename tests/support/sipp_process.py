"""Callers and phones driven by a real SIPp, one process each, on loopback.

The scenarios lie in ``tests/support/sipp/``. SIPp echoes the RTP it receives, so an agent's own voice coming
back proves both directions of a bridge.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.asterisk import AsteriskServer, station_password
from tests.support.ports import free_udp_port, free_udp_range, udp_port_in_use

SCENARIOS = Path(__file__).parent / "sipp"
_ALL_GOOD = 0
_SOME_FAILED = 1


class SippFailedError(Exception):
    """SIPp itself did not run: a scenario it cannot read, a port it cannot bind, a deadline it missed."""


@dataclass(frozen=True, slots=True)
class SippCallSpec:
    """One call: what is dialled, and who is said to call."""

    number: str
    caller: str = "+79161234567"
    name: str = ""
    """Display name; any Unicode but quotes, semicolons and line breaks."""


@dataclass(frozen=True, slots=True)
class SippResult:
    """What a SIPp run counted."""

    created: int
    successful: int
    failed: int
    errors: str
    """SIPp's error log: each message that did not fit the scenario."""


class SippProcess:
    """A running SIPp. ``async with`` ends it with its block, at once and without signalling to calls."""

    def __init__(self, process: asyncio.subprocess.Process, directory: Path, host: str, port: int) -> None:
        self._process = process
        self._directory = directory
        self.host = host
        self.port = port

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def wait(self, *, seconds: float = 30.0) -> SippResult:
        """The counts, once SIPp has ended by itself; ``SippFailedError`` otherwise."""
        try:
            _, errors = await asyncio.wait_for(self._process.communicate(), seconds)
        except TimeoutError:
            counted = self.counts()
            await self.kill()
            raise SippFailedError(f"SIPp did not end in {seconds} s; it counted {counted}") from None
        code = self._process.returncode
        result = self.counts()
        shutil.rmtree(self._directory, ignore_errors=True)
        if code not in {_ALL_GOOD, _SOME_FAILED}:
            raise SippFailedError(
                f"SIPp ended with {code}: {errors.decode(errors='replace')[-500:]} {result.errors}"
            )
        return result

    async def kill(self) -> None:
        """End the process at once: its calls get no BYE, like a customer's phone whose battery died."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await asyncio.wait_for(self._process.communicate(), 5)
        shutil.rmtree(self._directory, ignore_errors=True)

    def counts(self) -> SippResult:
        """What SIPp has counted so far; it writes once a second and when it ends."""
        errors, table = self._directory / "errors", self._directory / "counts.csv"
        said = errors.read_text(encoding="utf-8", errors="replace")[-4000:] if errors.exists() else ""
        written = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
        rows = list(csv.DictReader(written, delimiter=";"))
        if not rows:
            return SippResult(0, 0, 0, said)
        last = rows[-1]
        return SippResult(
            int(last["TotalCallCreated"]), int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), said
        )


class SippRun(SippProcess):
    """Calls placed by one SIPp."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        directory: Path,
        host: str,
        port: int,
        *,
        token: str,
        count: int,
    ) -> None:
        super().__init__(process, directory, host, port)
        self._token = token
        self._count = count

    def hang_up(self) -> None:
        """Have every answered call send its BYE now."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(1, self._count + 1):
                message = (
                    f"INFO sip:{self.host} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {self.host}:9;branch=z9hG4bKtest{number}\r\n"
                    f"From: <sip:test@{self.host}>;tag=t\r\nTo: <sip:test@{self.host}>\r\n"
                    f"Call-ID: {number}-{self._token}\r\nCSeq: 9 INFO\r\nContent-Length: 0\r\n\r\n"
                )
                sender.sendto(message.encode(), (self.host, self.port))


class SippCaller:
    """Customers on the trunk."""

    def __init__(self, asterisk: AsteriskServer, *, host: str = "127.0.0.1") -> None:
        self._asterisk = asterisk
        self._host = host

    async def call(
        self,
        calls: SippCallSpec | Sequence[SippCallSpec],
        *,
        count: int | None = None,
        rate: float = 10.0,
        hold_seconds: float = 30.0,
        answer_seconds: float = 10.0,
    ) -> SippRun:
        """Place ``count`` calls (by default one for each spec, which are taken in turn), ``rate`` a second.

        A call hangs up ``hold_seconds`` after it was answered unless the other side did before, and fails
        when it is not answered within ``answer_seconds``. Returns at once.
        """
        specs = [calls] if isinstance(calls, SippCallSpec) else list(calls)
        total = len(specs) if count is None else count
        token = secrets.token_hex(6)
        directory = Path(tempfile.mkdtemp(prefix="cc-sipp-"))
        rows = "".join(f"{spec.number};{spec.caller};{spec.name};\n" for spec in specs)
        (directory / "rows.csv").write_text(f"SEQUENTIAL\n{rows}", encoding="utf-8")
        scenario = _scenario("caller.xml", directory, HOLD_MS=hold_seconds, ANSWER_MS=answer_seconds)
        port = free_udp_port(self._host)
        process = await _spawn(
            self._asterisk,
            directory,
            scenario,
            self._host,
            port,
            [
                *("-inf", str(directory / "rows.csv"), "-m", str(total), "-l", str(total), "-rtp_echo"),
                *("-r", str(max(1, round(rate * 10))), "-rp", "10000", "-cid_str", f"%u-{token}"),
            ],
        )
        return SippRun(process, directory, self._host, port, token=token, count=total)


class SippPhone(SippProcess):
    """A station's desk phone: it registers, then answers every call put to it, one scenario for all.

    Asterisk's OPTIONS count as successful calls in its ``counts``.
    """

    @classmethod
    async def start(
        cls,
        asterisk: AsteriskServer,
        station: str,
        *,
        answer_seconds: float = 0.05,
        hold_seconds: float = 60.0,
        host: str = "127.0.0.1",
    ) -> SippPhone:
        """Register, and take calls until ended. ``SippFailedError`` when it may not register."""
        port = free_udp_port(host)
        registering = Path(tempfile.mkdtemp(prefix="cc-sipp-"))
        password = station_password(station)
        (registering / "rows.csv").write_text(
            f"SEQUENTIAL\n{station};{password};[authentication username={station} password={password}];\n"
        )
        process = await _spawn(
            asterisk,
            registering,
            SCENARIOS / "register.xml",
            host,
            port,
            ["-inf", str(registering / "rows.csv"), "-m", "1"],
        )
        # The same port twice, one process after the other: Asterisk rings the address that registered.
        registered = await SippProcess(process, registering, host, port).wait(seconds=10)
        if registered.successful != 1:
            raise SippFailedError(f"{station} may not register: {registered.errors}")
        directory = Path(tempfile.mkdtemp(prefix="cc-sipp-"))
        scenario = _scenario(
            "phone.xml", directory, HOLD_MS=hold_seconds, ANSWER_MS=max(answer_seconds, 0.001)
        )
        phone = cls(
            await _spawn(asterisk, directory, scenario, host, port, ["-rtp_echo"]), directory, host, port
        )
        until = time.monotonic() + 5
        while not udp_port_in_use(port, host):
            if time.monotonic() > until:
                await phone.kill()
                raise SippFailedError(f"SIPp did not listen on port {port} in 5 s")
            await asyncio.sleep(0.01)
        return phone


def _scenario(name: str, directory: Path, **seconds: float) -> Path:
    """A copy of a scenario with its times filled in: SIPp takes no variables there."""
    text = (SCENARIOS / name).read_text(encoding="utf-8")
    for key, value in seconds.items():
        text = text.replace(f"@{key}@", str(round(value * 1000)))
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


async def _spawn(
    asterisk: AsteriskServer, directory: Path, scenario: Path, host: str, port: int, options: list[str]
) -> asyncio.subprocess.Process:
    media, _ = free_udp_range(8, host)
    return await asyncio.create_subprocess_exec(
        "sipp",
        f"{asterisk.host}:{asterisk.sip_port}",
        *("-sf", str(scenario), "-i", host, "-p", str(port), "-mi", host, "-mp", str(media)),
        *("-cp", str(free_udp_port(host)), "-nostdin"),
        *("-trace_err", "-error_file", str(directory / "errors")),
        *("-trace_stat", "-stf", str(directory / "counts.csv"), "-fd", "1"),
        *options,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=directory,
    )
