"""A certificate that is not the address's own, or of another time, is refused with one attempt."""

from __future__ import annotations

import inspect
import shlex
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provider_threads import AppBuilder, AsyncThreadClient, Hunyuan, MiniMax, NotSentError, ThreadClient
from tests.clients.ways import Threads
from tests.wire.conftest import KEY
from tests.wire.discretion import shown
from tests.wire.sockets import RawServer, http, thread_json

from .row import Property

MADE = {
    "for another host": ("DNS:platform.example", 2),
    "for another address": ("IP:127.0.0.2", 2),
    "expired": ("IP:127.0.0.1", -1),
}
"""Whose it is, and how many days from now it ends."""


def certificate_in(folder: Path, name: str, days: int) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "the openssl command makes this test's certificates"
    asked, certificate, key = folder / "asked.csr", folder / "certificate.pem", folder / "key.pem"
    made = "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=127.0.0.1"
    signed = f"x509 -req -copy_extensions copy -days {days}"
    for command in (
        [*shlex.split(made), "-addext", f"subjectAltName={name}", "-keyout", str(key), "-out", str(asked)],
        [*shlex.split(signed), "-in", str(asked), "-signkey", str(key), "-out", str(certificate)],
    ):
        subprocess.run([openssl, *command], check=True, capture_output=True, timeout=30)
    return certificate, key


@pytest.mark.parametrize("made", MADE)
async def test_a_trusted_certificate_that_is_not_this_hosts_or_out_of_date_is_refused(
    client_on: Callable[..., Threads],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: str,
    record_property: Property,
) -> None:
    certificate, key = certificate_in(tmp_path, *MADE[made])
    # Its signature is trusted: what is wrong is the name, or the time.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with RawServer(tls=context).answering(http(thread_json())) as server:
        threads = client_on(server.base_url)
        with pytest.raises(NotSentError) as of_read:
            await threads.get_thread("thread_1")
        assert server.connections == 1
        with pytest.raises(NotSentError):
            await threads.append("thread_1", "hello")
        assert (server.connections, server.requests) == (2, [])
    assert KEY not in shown(of_read.value)
    record_property("refused", 2)


@pytest.mark.parametrize("made", [ThreadClient, AsyncThreadClient, AppBuilder, Hunyuan, MiniMax])
def test_no_argument_turns_certificates_off(made: Callable[..., object]) -> None:
    names = inspect.signature(made).parameters
    assert not {name for name in names if any(word in name for word in ("verify", "tls", "ssl", "cert"))}
