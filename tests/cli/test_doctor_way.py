"""``doctor`` on the way to a platform: proxy, name, connection and certificate are told apart, each with a remedy."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from provider_threads.cli.checks.findings import Finding
from provider_threads.cli.checks.platforms import of_platform
from provider_threads.cli.checks.routes import of_way
from tests.reliability.test_certificates import certificate_in
from tests.wire.sockets import RawServer, http, thread_json, unused_address

TRUST = (
    "Where a company's proxy or a virus scanner opens TLS, set SSL_CERT_FILE to a PEM file with its authority's "
    "certificate."
)
ANOTHER = "Check base_url, and whether this network wants a login page first or stands in for the platform."
NO_TLS = "Check base_url and the proxy variables: http in place of https, or another port?"
CUT_OFF = "A firewall or proxy may forbid this host: try another network, or ask whoever runs it."
HELD_UP = "Something between may hold it up: try another network, or ask whoever runs the proxy or firewall."


def looked(base_url: str, seconds: float = 2.0) -> dict[str, Finding]:
    way = of_way(base_url, seconds)
    assert way.open is all(finding.status != "failed" for finding in way.found)
    return {finding.check: finding for finding in way.found}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    made = {"own": ("IP:127.0.0.1", 2), "another host's": ("DNS:platform.example", 2), "expired": ("IP:127.0.0.1", -1)}
    return {
        whose: certificate_in(tmp_path_factory.mktemp("certificate"), name, days)
        for whose, (name, days) in made.items()
    }


def tls_server(certificate: tuple[Path, Path]) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return RawServer(tls=context).answering(http(thread_json()))


@pytest.mark.parametrize(
    ("whose", "trusted", "message", "remedy"),
    [
        ("own", True, "the certificate is 127.0.0.1's, and trusted.", None),
        ("own", False, "nobody whom this machine trusts vouches for the certificate.", TRUST),
        ("another host's", True, "the certificate belongs to another host.", ANOTHER),
        (
            "expired",
            True,
            "the certificate is not valid today.",
            "Check this machine's date and clock; if they are right, the certificate has expired over there.",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named(
    certificates: dict[str, tuple[Path, Path]],
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
    trusted: bool,
    message: str,
    remedy: str | None,
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates[whose][0]))
    with tls_server(certificates[whose]) as server:
        found = looked(server.base_url)["TLS"]
    assert found == Finding("TLS", "failed" if remedy else "ok", message, remedy)


def test_a_file_of_certificates_that_is_none_is_named(
    certificates: dict[str, tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with tls_server(certificates["own"]) as server:
        assert looked(server.base_url)["TLS"] == Finding(
            "TLS",
            "failed",
            "what SSL_CERT_FILE names cannot be read, or holds no certificate.",
            "Have SSL_CERT_FILE name a file of certificates in PEM form, or take it out of the environment.",
        )


def test_what_speaks_no_tls_is_named() -> None:
    with RawServer().handling(lambda connection: connection.sendall(b"this is no handshake")) as server:
        found = looked(server.base_url.replace("http:", "https:"))["TLS"]
    assert (found.message, found.remedy) == (
        "what answers does not speak TLS, or none that this Python speaks.",
        NO_TLS,
    )


def test_a_handshake_that_is_cut_off_or_held_up_is_named() -> None:
    with RawServer().handling(lambda connection: None) as server:
        found = looked(server.base_url.replace("http:", "https:"))["TLS"]
        assert found.message.startswith("the connection was cut off during the handshake (")
        assert found.remedy == CUT_OFF

    def hold(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with RawServer().handling(hold) as server:
        found = looked(server.base_url.replace("http:", "https:"), 0.2)["TLS"]
        assert (found.message, found.remedy) == ("no handshake within 0.2 s.", HELD_UP)


def test_a_closed_port_ends_the_way_there() -> None:
    base_url = unused_address()
    found = looked(base_url)
    address = base_url.removeprefix("http://")
    assert found["TCP"] == Finding(
        "TCP",
        "failed",
        f"nobody listens on {address}.",
        "Start what should listen there, such as provider-threads serve, or check base_url.",
    )
    assert found["TLS"] == Finding("TLS", "not checked", "because TCP failed.")
    account = {"MINIMAX_API_KEY": "key", "MINIMAX_GROUP_ID": "1"}
    rest = {one.check: one for one in of_platform("minimax", account, base_url=base_url, thread_id="thread_1")}
    for check in ("credential", "thread", "clock"):
        assert rest[check] == Finding(check, "not checked", "because nothing can be sent.")


def test_a_machine_that_takes_no_connection_is_given_up() -> None:
    # A backlog that is full: the system answers nothing to whoever comes then.
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        found = looked(f"http://127.0.0.1:{address[1]}", 0.2)["TCP"]
        for one in waiting:
            one.close()
    assert (found.message, found.remedy) == (
        f"127.0.0.1:{address[1]} did not answer within 0.2 s.",
        "A firewall may drop the connection: check it, or set HTTPS_PROXY where a proxy is the way out.",
    )


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What names stand for; None for one that is not known."""
    known: dict[str, str | None] = {}
    ask = socket.getaddrinfo

    def answer(host: str, *arguments: object, **settings: object) -> object:
        address = known.get(host, host)
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return ask(address, *arguments, **settings)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


def test_a_name_that_is_not_known_ends_the_way_there(names: dict[str, str | None]) -> None:
    names["platform.example"] = None
    found = looked("https://platform.example")
    assert found["proxy"] == Finding("proxy", "ok", "none is set.")
    assert found["DNS"] == Finding(
        "DNS",
        "failed",
        "platform.example is not known here.",
        "Check base_url for a slip, the network and its DNS server.",
    )
    assert found["TCP"].message == found["TLS"].message == "because DNS failed."


def test_a_name_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    hold = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hold.wait(30) and [])
    found = looked("https://platform.example", 0.1)
    hold.set()
    assert (found["DNS"].message, found["DNS"].remedy) == (
        "no answer about platform.example within 0.1 s.",
        "Check the network and its DNS server.",
    )


def refusing(status: str) -> RawServer:
    return RawServer().answering(http(b"", status))


@pytest.mark.parametrize(
    ("status", "message", "remedy"),
    [
        (
            "407 Proxy Authentication Required",
            "the proxy wants a user and a password (HTTP 407).",
            "Write them into the variable: HTTPS_PROXY=http://user:password@host:3128.",
        ),
        (
            "403 CANARY",
            "the proxy does not let this host through (HTTP 403).",
            "Ask whoever runs the proxy, or name the host in NO_PROXY where it can be reached without.",
        ),
    ],
)
def test_a_proxy_that_refuses_is_told_from_the_platform(
    monkeypatch: pytest.MonkeyPatch, status: str, message: str, remedy: str
) -> None:
    with refusing(status) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url.replace("//", "//user:CANARY@"))
        found = looked("https://platform.example")
        address = proxy.base_url.removeprefix("http://")
        assert proxy.requests[-1].startswith(b"CONNECT platform.example:443 ")
        assert b"\r\nProxy-Authorization: Basic dXNlcjpDQU5BUlk=\r\n" in proxy.requests[-1]
    assert found["proxy"] == Finding("proxy", "ok", f"{address}, as HTTPS_PROXY says.")
    assert found["TCP"] == Finding("TCP", "ok", f"the proxy {address} answers.")
    assert found["TLS"] == Finding("TLS", "failed", message, remedy)
    assert "CANARY" not in str(found)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", unused_address())
    found = looked("https://platform.example")
    assert found["proxy"].message.endswith("as ALL_PROXY says.")
    assert found["TCP"].message.startswith("nobody listens on the proxy 127.0.0.1:")
    assert found["TCP"].remedy == "Start the proxy, or change the variable that names it."


def test_a_proxy_variable_without_an_address_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:CANARY@")
    found = looked("https://platform.example")
    assert found["proxy"] == Finding(
        "proxy", "failed", "HTTPS_PROXY holds no address.", "Write HTTPS_PROXY=http://host:3128."
    )
    assert found["DNS"].message == "because proxy failed."


def test_this_machine_is_reached_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_address())
    with RawServer().answering(http(thread_json())) as server:
        found = looked(server.base_url)
    assert "proxy" not in found
    assert found["TCP"].status == "ok"


def test_hosts_that_need_no_proxy_go_without(monkeypatch: pytest.MonkeyPatch, names: dict[str, str | None]) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "platform.example")
    names["platform.example"] = None
    found = looked("https://platform.example")
    assert found["proxy"] == Finding("proxy", "ok", "not used for this host, as NO_PROXY says.")
    assert found["DNS"].message == "platform.example is not known here."


def test_a_socks_proxy_is_connected_to_and_the_rest_left_to_the_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer().handling(lambda connection: None) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.base_url.replace("http:", "socks5:"))
        found = looked("https://platform.example")
    assert found["TCP"].status == "ok"
    assert found["TLS"] == Finding("TLS", "not checked", "because the proxy speaks socks5; the read tells.")
