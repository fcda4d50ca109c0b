"""An issuer behind TLS whose certificate a private authority has signed: trusted when --keycloak-ca-file names that authority,
and then nobody else; never under another name than the certificate's."""

import datetime
import ipaddress
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.client import Client
from harness.issuer import Issuer
from harness.processes import wait_until
from test_50_hostile_issuer import metrics, settings_of


class Authority:
    """Makes certificates; its own is `file`."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        made = self._builder(self.name, self.key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject, key):
        now = datetime.datetime.now(datetime.timezone.utc)
        return x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key()) \
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)) \
            .not_valid_after(now + datetime.timedelta(days=1))

    def context(self, address):
        """A TLS context for a server at this address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("keycloak.example.test")])
        leaf = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keycloak")]), key).add_extension(names, False)
        file = self.folder / f"leaf-{address}.pem"
        file.write_bytes(leaf.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture
def https_issuer(authority):
    with Issuer(context=authority.context("127.0.0.1")) as made:
        yield made


def tool(server, name, token=b""):
    done = subprocess.run([server.binary, name], input=token, env=server.environment(), capture_output=True, timeout=60, check=False)
    return done.stdout.decode()


def test_trusted_by_name(https_issuer, authority, new_server):
    server = new_server(more=settings_of(https_issuer, GACHAPON_KEYCLOAK_CA_FILE=str(authority.file)))
    token = https_issuer.token()
    with Client(server.settings.url + "/join") as client:
        assert client.sign_in(token)["payload"]["roles"] == ["player"]
    assert f"ok    {'issuer':22} {https_issuer.issuer}" in tool(server, "check-config")
    assert '"subject"' in tool(server, "check-token", token.encode())


@pytest.mark.parametrize("trusted", [None, "another"])
def test_not_trusted_otherwise(https_issuer, authority, new_server, trusted):
    """Without the option, and with another authority's file."""
    more = {} if trusted is None else {"GACHAPON_KEYCLOAK_CA_FILE": str(Authority(authority.folder, trusted).file)}
    refuses(new_server, https_issuer, more)


def test_another_name_is_refused(authority, new_server):
    """The certificate is good, and says 127.0.0.1: at 127.0.0.2 it is a stranger's."""
    with Issuer(host="127.0.0.2", context=authority.context("127.0.0.1")) as elsewhere:
        refuses(new_server, elsewhere, {"GACHAPON_KEYCLOAK_CA_FILE": str(authority.file)})


def refuses(new_server, issuer, more):
    server = new_server(more=settings_of(issuer, **more), start=False)
    server.migrate()
    server.spawn()
    wait_until(lambda: metrics(server)["failed"]["tls"] > 0, 60, "a fetch to be refused", alive=server.process)
    assert "certificate" in server.http("/readyz")[1].lower()
    assert metrics(server)["keys_known"] == 0 and issuer.asked["discovery"] == 0
    assert "is not trusted" in tool(server, "check-config")


@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_a_file_that_is_none_stops_the_start(https_issuer, new_server, tmp_path, content):
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    server = new_server(more=settings_of(https_issuer, GACHAPON_KEYCLOAK_CA_FILE=str(file)), start=False)
    server.migrate()
    done = subprocess.run([server.binary, "serve"], env=server.environment(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"{file}: {'holds no certificate' if content else 'cannot be read'}" in done.stderr.decode()
