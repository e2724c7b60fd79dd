"""A certificate that nobody vouches for is refused, once, before anything is sent."""

from __future__ import annotations

import shlex
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provider_threads import NotSentError, OutcomeUnknownError
from tests.clients.ways import Threads
from tests.reliability.row import Property

from .conftest import KEY
from .discretion import shown
from .sockets import RawServer, http, thread_json

ClientOn = Callable[..., Threads]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "the openssl command makes this test's certificate"
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    names = "-addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [openssl, *shlex.split(request), *shlex.split(names), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return certificate, key


@pytest.fixture
def tls_server(certificate: tuple[Path, Path]) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return RawServer(tls=context).answering(http(thread_json()))


async def test_a_self_signed_certificate_is_refused_with_one_attempt(
    tls_server: RawServer, client_on: ClientOn, record_property: Property
) -> None:
    with tls_server as server:
        threads = client_on(server.base_url)
        with pytest.raises(NotSentError) as refused:
            await threads.get_thread("thread_1")
        of_read = server.connections
        with pytest.raises(NotSentError):
            await threads.append("thread_1", "hello")
        record_property("hopeless", 2)
        record_property("most_tries_of_the_hopeless", max(of_read, server.connections - of_read))
        assert of_read == 1
        assert server.connections == 2
        assert server.requests == []
    assert KEY not in shown(refused.value)


async def test_a_certificate_that_the_environment_trusts_is_accepted(
    tls_server: RawServer,
    client_on: ClientOn,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with tls_server as server:
        assert (await client_on(server.base_url).get_thread("thread_1")).id == "thread_1"
        assert server.connections == 1


async def test_plain_http_on_a_tls_address_is_refused_with_one_attempt(
    server: RawServer, client_on: ClientOn, record_property: Property
) -> None:
    server.handling(lambda connection: connection.sendall(b"this is no handshake"))
    with pytest.raises(NotSentError):
        await client_on(server.base_url.replace("http:", "https:")).get_thread("thread_1")
    record_property("hopeless", 1)
    record_property("most_tries_of_the_hopeless", server.connections)
    assert server.connections == 1


async def test_a_connection_that_ends_in_its_handshake_is_tried_again_by_a_read_alone(
    server: RawServer, client_on: ClientOn
) -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.shutdown(socket.SHUT_RDWR)  # an end in good order: what was sent has been taken

    threads = client_on(server.handling(handler).base_url.replace("http:", "https:"))
    with pytest.raises(NotSentError):
        await threads.get_thread("thread_1")
    assert server.connections == 3
    with pytest.raises(NotSentError):
        await threads.append("thread_1", "hello")
    assert server.connections == 4


async def test_a_write_whose_encryption_breaks_under_way_may_have_been_applied(
    certificate: tuple[Path, Path], server: RawServer, client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def handler(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            server.request_on(encrypted)
            with socket.socket(fileno=encrypted.detach()) as bare:
                bare.sendall(b"in the clear, by somebody in between")

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    threads = client_on(server.handling(handler).base_url.replace("http:", "https:"))
    for call in (threads.append("thread_1", "hello"), threads.get_thread("thread_1")):
        with pytest.raises(OutcomeUnknownError) as broken:
            await call
        assert KEY not in shown(broken.value)
