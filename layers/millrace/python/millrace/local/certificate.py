"""The embedded cloud's TLS certificate, made here so that no `openssl` program is needed."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=365)
RENEW_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tls:
    """Where the three files are: what clients trust, what the server shows, and its private key."""

    authority: Path
    certificate: Path
    key: Path


def ensure(folder: Path, now: datetime | None = None) -> Tls:
    """Return the certificate in `folder` for 127.0.0.1 and localhost, made anew when absent or soon to expire.

    The authority's private key signs this one and is never written, so what clients trust can vouch for no other.
    """
    now = now or datetime.now(UTC)
    tls = Tls(folder / "ca.crt", folder / "server.crt", folder / "server.key")
    if all(path.exists() for path in (tls.authority, tls.certificate, tls.key)):
        with contextlib.suppress(ValueError):  # a damaged one is made anew
            expires = x509.load_pem_x509_certificate(tls.certificate.read_bytes()).not_valid_after_utc
            if expires - now > RENEW_BEFORE:
                return tls
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer, private = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(signer, now)
    certificate = _server(private, authority, signer, now)
    _write(tls.authority, authority.public_bytes(serialization.Encoding.PEM))
    _write(tls.key, _pem(private))
    _write(tls.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    return tls


def _authority(signer: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Millrace embedded cloud: authority")
    usage = _usage(signs_certificates=True)
    return (
        _builder(name, name, signer.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _server(
    private: ec.EllipticCurvePrivateKey, authority: x509.Certificate, signer: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    return (
        _builder(_name("Millrace embedded cloud"), authority.subject, private.public_key(), now)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Replace the file whole, readable by its owner only from the first byte."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    partial.replace(path)
