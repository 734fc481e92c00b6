"""Read a certificate and its key, or make them.

Browsers give a page no camera over plain http, unless it comes from their own machine. A certificate made
here is signed by nobody else, so a browser asks once whether to go on: its answer stays valid as long as the
certificate does. So it is kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engines.errors import UsageError
from neteyes.serve.access.hosts import machine_names, own_addresses
from neteyes.serve.access.tokens import write_secret

VALID = timedelta(days=397)
"""For how long a certificate is made: Apple's browsers take none that is valid for more than 825 days."""

RENEWED = timedelta(days=30)
"""A made certificate that is valid for less than this is renewed."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Represent a certificate with its key, in files.

    Attributes:
        certificate: the file of the certificate, and of those that signed it.
        key: the file of its key; may be the same.
        fingerprint: the SHA-256 that browsers show, as `AB:CD:…`.
        ends: when the certificate ends.
    """

    certificate: Path
    key: Path
    fingerprint: str
    ends: datetime


def given_pair(certificate: Path, key: Path) -> KeyPair:
    """Return a given certificate with its key.

    Raises:
        UsageError: a file is missing or invalid, they do not belong together, or the certificate has ended.
    """
    try:
        found = x509.load_pem_x509_certificates(_read("--cert", certificate))[0]
    except ValueError as error:
        raise UsageError(
            f"--cert wants a certificate in PEM form, which begins with -----BEGIN CERTIFICATE-----; "
            f"'{certificate}' is none."
        ) from error
    try:
        secret = serialization.load_pem_private_key(_read("--key", key), None)
    except TypeError as error:
        raise UsageError(
            f"The key in '{key}' is locked by a password. Unlock it: openssl pkey -in {key} -out open.pem"
        ) from error
    except ValueError as error:
        raise UsageError(f"--key wants the certificate's key in PEM form; '{key}' holds none.") from error
    if secret.public_key() != found.public_key():
        raise UsageError(f"The key in '{key}' does not belong to the certificate in '{certificate}'.")
    if not found.not_valid_before_utc <= now() < found.not_valid_after_utc:
        raise UsageError(
            f"The certificate in '{certificate}' is valid from {found.not_valid_before_utc:%Y-%m-%d} to "
            f"{found.not_valid_after_utc:%Y-%m-%d}, not today. Renew it, or check this machine's clock."
        )
    return KeyPair(certificate, key, _fingerprint(found), found.not_valid_after_utc)


def _read(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{option} '{path}' cannot be read: {error.strerror or error}.") from error


def kept_pair(path: Path, more: Sequence[str]) -> KeyPair:
    """Return the kept certificate, made anew if it ends soon or lacks a name or address of this machine.

    Args:
        path: the file of certificate and key.
        more: further names and addresses that it must have.

    Raises:
        UsageError: it cannot be kept there.
    """
    wanted = _names([*machine_names(), "localhost", "127.0.0.1", "::1", *own_addresses(), *more])
    try:
        data = path.read_bytes()
        found = x509.load_pem_x509_certificate(data)
        key = serialization.load_pem_private_key(data, None)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        fits = set(wanted) <= set(names) and key.public_key() == found.public_key()
        if fits and found.not_valid_before_utc <= now() <= found.not_valid_after_utc - RENEWED:
            path.chmod(0o600)
            return KeyPair(path, path, _fingerprint(found), found.not_valid_after_utc)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        pass  # none yet, or a damaged one
    key = ec.generate_private_key(ec.SECP256R1())
    made = _made(key, wanted)
    form = serialization.Encoding.PEM
    secret = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        write_secret(path, secret + made.public_bytes(form))
    except OSError as error:
        raise UsageError(
            f"The certificate cannot be kept in '{path.parent}': {error.strerror or error}. "
            "Set NETEYES_HOME to a folder that can be written, or give --cert and --key."
        ) from error
    return KeyPair(path, path, _fingerprint(made), made.not_valid_after_utc)


def _made(key: ec.EllipticCurvePrivateKey, names: Sequence[x509.GeneralName]) -> x509.Certificate:
    begin = now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "neteyes mirror")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(hours=1))
        .not_valid_after(begin + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _names(texts: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for text in dict.fromkeys(texts):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            found.append(x509.DNSName(text))
    return found


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
