"""The certificate: made, kept, renewed, or given; and what is said of a wrong one."""

import ipaddress
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engines.errors import UsageError
from neteyes.serve.access import Access, https, key_pairs, protocols
from neteyes.serve.access.hosts import own_addresses
from neteyes.serve.access.https import given_https, made_https
from tests.neteyes.serve.access.conftest import TOKEN, hung_up, serving


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of the user's data for this test alone."""
    monkeypatch.setenv("NETEYES_HOME", str(tmp_path))
    return tmp_path


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def written(folder, *, name="given", begins=-1, ends=90, password=None):
    """A certificate of another maker and its key, in two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.Encoding.PEM
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(form))
    secret.write_bytes(key.private_bytes(form, serialization.PrivateFormat.PKCS8, lock))
    return cert, secret


def trusting(path):
    return ssl.create_default_context(cafile=path)


def test_a_browser_that_knows_the_made_certificate_opens_page_and_websocket(home):
    with serving(https=True, token=TOKEN) as site:
        trust = trusting(home / "serve" / "https.pem")
        answer = httpx.get(f"{site.origin}/", headers=site.cookie(), verify=trust)
        assert answer.status_code == 200
        assert f"wss://127.0.0.1:{site.port}" in answer.headers["content-security-policy"]
        with site.talk(headers=site.cookie(), ssl=trust) as talk:
            talk.send("hello")
            assert talk.recv(10) == "hello"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"{site.origin}/")


def test_its_cookie_goes_over_https_to_this_server_only(home):
    with serving(https=True, token=TOKEN) as site:
        name, _, rest = site.join().headers["set-cookie"].partition("=")
        assert name == f"__Host-neteyes-{site.port}"
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(rest.split("; "))
        foreign = {"origin": site.origin.replace("https", "http")}  # the same host, by plain http
        assert site.ask("POST", "/change", headers=site.cookie() | foreign).status_code == 403


def test_it_names_this_machine_in_every_way(home):
    made_https(["mirror.example", "192.0.2.9"])
    found = read(home / "serve" / "https.pem")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", socket.gethostname().lower(), "mirror.example"} <= set(
        names.get_values_for_type(x509.DNSName)
    )
    addresses = {"127.0.0.1", "::1", "192.0.2.9", *own_addresses()}
    assert set(map(ipaddress.ip_address, addresses)) == set(names.get_values_for_type(x509.IPAddress))
    assert found.not_valid_after_utc - found.not_valid_before_utc < timedelta(days=398)


def test_it_is_kept_for_this_user_alone_so_that_browsers_ask_once(home):
    first = made_https().pair
    assert first.key.stat().st_mode & 0o777 == 0o600
    assert first.key.parent.stat().st_mode & 0o777 == 0o700
    first.key.chmod(0o644)
    assert made_https().pair == first
    assert first.key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in first.key.parent.iterdir()] == ["https.pem"]


def test_it_is_renewed_when_this_machine_has_another_address(home, monkeypatch):
    first = made_https().pair
    monkeypatch.setattr(key_pairs, "own_addresses", lambda: ["192.0.2.55"])
    second = made_https().pair
    assert second.fingerprint != first.fingerprint
    assert made_https().pair == second


def test_it_is_renewed_before_it_ends_also_while_the_server_runs(home, monkeypatch):
    monkeypatch.setattr(https, "_LOOK_EVERY", 0.0)
    context = made_https()
    first, old = context.pair, context.current()
    assert context.current() is old
    monkeypatch.setattr(https, "now", later := lambda: first.ends - timedelta(days=29))
    monkeypatch.setattr(key_pairs, "now", later)
    assert context.current() is not old
    assert context.pair.fingerprint != first.fingerprint
    assert context.pair.ends > first.ends


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_damaged_one_is_made_again(home, damage):
    first = made_https().pair
    first.certificate.write_bytes(damage)
    assert made_https().pair.fingerprint != first.fingerprint


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NETEYES_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match=r"cannot be kept .* Set NETEYES_HOME"):
        made_https()


@pytest.mark.parametrize("one_file", [False, True])
def test_a_given_certificate_is_used(home, tmp_path, one_file):
    cert, key = written(tmp_path)
    if one_file:
        cert.write_bytes(cert.read_bytes() + key.read_bytes())
    with serving(cert=cert, key=None if one_file else key) as site:
        answer = httpx.get(f"https://localhost:{site.port}/", verify=trusting(cert))
        assert answer.text == "the mirror\n"
        assert (
            site.access.invitation(1).fingerprint
            == given_https(cert, None if one_file else key).pair.fingerprint
        )


def test_a_given_certificate_that_others_renew_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(https, "_LOOK_EVERY", 0.0)
    monkeypatch.setattr("neteyes.file_watch._SETTLED", 0.0)
    cert, key = written(tmp_path)
    context = given_https(cert, key)
    first, old = context.pair, context.current()
    other, its_key = written(tmp_path, name="other")
    cert.write_bytes(other.read_bytes())
    assert context.current() is old  # its key has not come yet
    key.write_bytes(its_key.read_bytes())
    cert.touch()
    assert context.current() is not old
    assert context.pair.fingerprint != first.fingerprint


def test_wrong_certificates_are_refused_in_words(tmp_path):
    cert, key = written(tmp_path)
    _, other_key = written(tmp_path, name="other")
    _, locked = written(tmp_path, name="locked", password=b"secret")
    over, over_key = written(tmp_path, name="over", begins=-9, ends=-1)
    early, early_key = written(tmp_path, name="early", begins=1)
    text = tmp_path / "text"
    text.write_text("no certificate")
    for given, secret, words in (
        (tmp_path / "none.pem", None, "--cert .* cannot be read: No such file"),
        (cert, tmp_path / "none.key", "--key .* cannot be read: No such file"),
        (text, key, "--cert wants a certificate in PEM form"),
        (cert, text, "--key wants the certificate's key"),
        (cert, None, "--key wants the certificate's key"),
        (cert, other_key, "does not belong to the certificate"),
        (cert, locked, "locked by a password. Unlock it"),
        (over, over_key, "valid from .* Renew it"),
        (early, early_key, "valid from .* clock"),
    ):
        with pytest.raises(UsageError, match=words):
            given_https(given, secret)
    with pytest.raises(UsageError, match="give --cert as well"):
        Access("127.0.0.1:0", key=key)


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_who_never_begins_tls_is_hung_up_on(home, monkeypatch, begun):
    monkeypatch.setattr(protocols, "PATIENCE", 0.3)
    with serving(https=True) as site:
        with socket.create_connection(("127.0.0.1", site.port), 10) as talk:
            talk.sendall(begun)
            assert hung_up(talk)
        limit = time.monotonic() + 5
        while len(site.access.connections):
            assert time.monotonic() < limit
        assert site.ask("GET", "/").status_code == 200


def test_half_open_tls_keeps_nobody_out(home):
    with serving(https=True) as site:
        slow = [socket.create_connection(("127.0.0.1", site.port), 10) for _ in range(200)]
        assert site.ask("GET", "/").status_code == 200
        assert site.access.connections.half_open <= 24
        for talk in slow:
            talk.close()


def test_old_versions_of_tls_are_refused(home):
    with serving(https=True) as site:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", site.port), 10) as talk, pytest.raises(ssl.SSLError):
            old.wrap_socket(talk)


def test_a_health_check_asks_a_mirror_by_its_certificate_and_token(home, neteyes):
    with serving(https=True, token=TOKEN) as site:
        assert neteyes("health", site.origin, "--token", TOKEN).code == 0
        assert neteyes("health", site.origin).code == 1
        assert neteyes("health", site.origin.removeprefix("https://"), "--token", TOKEN).code == 1
