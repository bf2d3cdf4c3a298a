"""The link over TLS, with certificates made on the spot."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from callcenter.telephony.ami import LinkState, TlsOptions
from callcenter.telephony.events import ServerSynced
from tests.telephony.conftest import Rig
from tests.telephony.fake_ami import FakeAmi


@dataclass(frozen=True)
class Made:
    """A certificate that signs itself, and its key."""

    certificate: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make(folder: Path, name: str, address: str = "127.0.0.1") -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Made(folder / f"{name}.pem", folder / f"{name}.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made


async def test_a_server_with_a_known_certificate(rig: Rig, tmp_path: Path) -> None:
    made = make(tmp_path, "asterisk")
    async with FakeAmi(tls=made.server()) as fake:
        rig.fake = fake
        link = await rig.serving(tls=TlsOptions(ca_file=made.certificate))
        fake.session.drop()
        await rig.posted.seen(ServerSynced, 2)
        await link.stop()


async def test_a_client_certificate_is_shown(rig: Rig, tmp_path: Path) -> None:
    made, ours = make(tmp_path, "asterisk"), make(tmp_path, "callcenter")
    context = made.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours.certificate)
    async with FakeAmi(tls=context) as fake:
        rig.fake = fake
        tls = TlsOptions(ca_file=made.certificate, certificate=ours.certificate, private_key=ours.key)
        link = await rig.serving(tls=tls)
        await link.stop()


@pytest.mark.parametrize("wrong", ["unknown authority", "another host", "no TLS"])
async def test_nobody_else_is_told_the_secret(rig: Rig, tmp_path: Path, wrong: str) -> None:
    made = make(tmp_path, "asterisk", "127.0.0.2" if wrong == "another host" else "127.0.0.1")
    trusted = make(tmp_path, "another") if wrong == "unknown authority" else made
    async with FakeAmi(tls=None if wrong == "no TLS" else made.server()) as fake:
        rig.fake = fake
        link = rig.link(tls=TlsOptions(ca_file=trusted.certificate), connect_timeout=0.5)
        with capture_logs() as logs:
            await link.start()
            async with asyncio.timeout(5):
                while link.state is not LinkState.BACKING_OFF:
                    await asyncio.sleep(0.01)
        await link.stop()
        assert logs[0]["event"] == "ami.link_down"
        assert fake.actions == []


async def test_a_name_need_not_match_where_that_is_set(rig: Rig, tmp_path: Path) -> None:
    made = make(tmp_path, "asterisk", "127.0.0.2")
    async with FakeAmi(tls=made.server()) as fake:
        rig.fake = fake
        link = await rig.serving(tls=TlsOptions(ca_file=made.certificate, check_hostname=False))
        await link.stop()


def test_files_that_are_not_there_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        TlsOptions(ca_file=tmp_path / "missing.pem").context()
