from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from millrace.local import certificate


def _greet(tls: certificate.Tls, host: str, trust: ssl.SSLContext) -> bytes:
    """One TLS connection over a socket pair."""
    server, client = socket.socketpair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)

    def answer() -> None:
        try:
            with context.wrap_socket(server, server_side=True) as shaken:
                shaken.sendall(b"hello")
        except (ssl.SSLError, OSError):
            server.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with trust.wrap_socket(client, server_hostname=host) as shaken:
            return shaken.recv(5)
    finally:
        client.close()
        thread.join()
        server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_strict_client_trusts_it_for_loopback(tmp_path: Path, host: str) -> None:
    tls = certificate.ensure(tmp_path)
    trust = ssl.create_default_context(cafile=str(tls.authority))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default
    assert _greet(tls, host, trust) == b"hello"


def test_it_is_for_no_other_host_and_trusted_by_nobody_else(tmp_path: Path) -> None:
    tls = certificate.ensure(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"[Hh]ostname"):
        _greet(tls, "example.com", ssl.create_default_context(cafile=str(tls.authority)))
    with pytest.raises(ssl.SSLCertVerificationError):
        _greet(tls, "127.0.0.1", ssl.create_default_context())


def test_files_are_private_and_the_authority_key_is_not_kept(tmp_path: Path) -> None:
    tls = certificate.ensure(tmp_path / "tls")
    assert {path.name for path in tls.key.parent.iterdir()} == {"ca.crt", "server.crt", "server.key"}
    for path in tls.key.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_kept_until_it_is_about_to_expire(tmp_path: Path) -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    first = certificate.ensure(tmp_path, made).certificate.read_bytes()
    in_time = made + certificate.VALID - certificate.RENEW_BEFORE - timedelta(hours=1)
    assert certificate.ensure(tmp_path, in_time).certificate.read_bytes() == first
    late = in_time + timedelta(hours=2)
    renewed = certificate.ensure(tmp_path, late).certificate.read_bytes()
    assert renewed != first
    assert x509.load_pem_x509_certificate(renewed).not_valid_after_utc > late + timedelta(days=300)


@pytest.mark.parametrize("damage", [lambda tls: tls.authority.unlink(), lambda tls: tls.certificate.write_text("x")])
def test_a_missing_or_damaged_part_is_made_again_with_the_others(
    tmp_path: Path, damage: Callable[[certificate.Tls], object]
) -> None:
    tls = certificate.ensure(tmp_path)
    damage(tls)
    again = certificate.ensure(tmp_path)
    trust = ssl.create_default_context(cafile=str(again.authority))
    assert _greet(again, "localhost", trust) == b"hello"
