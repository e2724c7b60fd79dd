"""A credential shows itself nowhere: not in a repr, a pickle, an error, or a traceback with local variables."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from traceback import TracebackException
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from provider_threads import AppBuilder, ConfigurationError, Hunyuan, MiniMax, Provider, ThreadClient
from provider_threads.endpoint import CreateThread
from provider_threads.flows.steps import Send
from provider_threads.retry import Timeouts
from provider_threads.secret import Secret, hidden

CANARY = "CANARY7f3e9"

# Ways to spoil a credential, and what each leaves readable of the canary: all of it.
FLAWS: dict[str, Callable[[str], Any]] = {
    "trailing newline": lambda canary: canary + "\n",
    "CRLF and a header": lambda canary: canary + "\r\nX-Injected: 1",
    "NUL": lambda canary: canary + "\x00",
    "not ASCII": lambda canary: canary + "é",
    "full width": lambda canary: "１" + canary,
    "space inside": lambda canary: f"{canary} {canary}",
    "padded": lambda canary: f"  {canary}  ",
    "tab": lambda canary: canary + "\t",
    "DEL": lambda canary: canary + "\x7f",
    "lone surrogate": lambda canary: canary + "\ud800",
    "Bearer": lambda canary: f"Bearer {canary}",
    "bytes": lambda canary: canary.encode(),
    "SecretStr": lambda canary: SecretStr(canary + "\n"),
    "SecretBytes": lambda canary: SecretBytes(canary.encode()),
}

# Each credential of each platform: constructor, argument, the other arguments, variable.
CREDENTIALS: dict[str, tuple[Callable[..., Provider], str, dict[str, str], str]] = {
    "hunyuan secret_id": (Hunyuan, "secret_id", {"secret_key": "k"}, "TENCENTCLOUD_SECRET_ID"),
    "hunyuan secret_key": (Hunyuan, "secret_key", {"secret_id": "i"}, "TENCENTCLOUD_SECRET_KEY"),
    "hunyuan token": (Hunyuan, "token", {"secret_id": "i", "secret_key": "k"}, "TENCENTCLOUD_TOKEN"),
    "minimax api_key": (MiniMax, "api_key", {"group_id": "g"}, "MINIMAX_API_KEY"),
    "minimax group_id": (MiniMax, "group_id", {"api_key": "k"}, "MINIMAX_GROUP_ID"),
    "appbuilder token": (AppBuilder, "token", {}, "APPBUILDER_TOKEN"),
}
REQUIRED = [name for name in CREDENTIALS if name != "hunyuan token"]
ENVIRONMENT = {
    "hunyuan": {"TENCENTCLOUD_SECRET_ID": "env-id", "TENCENTCLOUD_SECRET_KEY": "env-key", "TENCENTCLOUD_TOKEN": "env"},
    "minimax": {"MINIMAX_API_KEY": "env-key", "MINIMAX_GROUP_ID": "env-group"},
    "appbuilder": {"APPBUILDER_TOKEN": "env-token"},
}
WITH_CANARY: dict[str, Callable[[], Provider]] = {
    "hunyuan": lambda: Hunyuan(CANARY, CANARY, CANARY, base_url="http://127.0.0.1:1"),
    "minimax": lambda: MiniMax(CANARY, CANARY, base_url="http://127.0.0.1:1"),
    "appbuilder": lambda: AppBuilder(CANARY, base_url="http://127.0.0.1:1"),
}


def everything_printed(error: BaseException) -> str:
    """The traceback with every local variable of every frame, and all of the error's own."""
    traced = "".join(TracebackException.from_exception(error, capture_locals=True).format())
    return f"{traced}{error!r}{error}{error.args!r}{vars(error)!r}{pickle.dumps(error)!r}"


def error_of(credential: str, flaw: str) -> ConfigurationError:
    # The spoiled credential is bound to no name here: only the library could show it.
    make, argument, others, _ = CREDENTIALS[credential]
    with pytest.raises(ConfigurationError) as caught:
        make(**others, **{argument: FLAWS[flaw](CANARY)})
    return caught.value


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_bad_credential_is_refused_at_once_and_shown_nowhere(credential: str, flaw: str) -> None:
    error = error_of(credential, flaw)
    assert everything_printed(error).count(CANARY) == 0
    assert f"{CREDENTIALS[credential][1]}=" in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_bad_credential_in_the_environment_is_shown_nowhere(credential: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, argument, others, variable = CREDENTIALS[credential]
    for name, value in others.items():
        monkeypatch.setenv(next(v for m, a, _, v in CREDENTIALS.values() if (m, a) == (make, name)), value)
    monkeypatch.setenv(variable, CANARY + "\n")
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert everything_printed(caught.value).count(CANARY) == 0
    assert variable in str(caught.value)
    assert argument in str(caught.value)


@pytest.mark.parametrize("credential", REQUIRED)
def test_a_missing_credential_is_named_with_its_variable(credential: str) -> None:
    make, argument, others, variable = CREDENTIALS[credential]
    with pytest.raises(ConfigurationError, match=f"set the environment variable {variable} or pass {argument}="):
        make(**others)


@pytest.mark.parametrize("credential", REQUIRED)
def test_an_empty_variable_counts_as_none(credential: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, argument, others, variable = CREDENTIALS[credential]
    monkeypatch.setenv(variable, "")
    with pytest.raises(ConfigurationError, match=f"no {argument}"):
        make(**others)


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_an_empty_argument_is_a_mistake_and_not_a_wish_for_the_environment(
    credential: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, argument, others, variable = CREDENTIALS[credential]
    monkeypatch.setenv(variable, "from-environment")
    with pytest.raises(ConfigurationError, match=f"{argument}=.* is empty"):
        make(**others, **{argument: ""})


def test_a_bad_token_passed_in_blames_no_variable_that_was_not_read() -> None:
    assert "variable" not in str(error_of("hunyuan token", "padded"))


def test_a_bad_address_does_not_show_the_credentials() -> None:
    with pytest.raises(ConfigurationError) as caught:
        MiniMax(FLAWS["SecretStr"](CANARY), SecretStr(CANARY), base_url="ftp://x")
    assert everything_printed(caught.value).count(CANARY) == 0


@pytest.mark.parametrize("show", [repr, str, format, "{:>40}".format, lambda secret: f"{secret}", "%s".__mod__])
def test_a_secret_shows_stars(show: Callable[[Secret], str]) -> None:
    shown = show(Secret.find(CANARY, "api_key", "MINIMAX_API_KEY"))
    assert "**********" in shown
    assert CANARY not in shown


def test_a_secret_has_no_vars_and_is_not_pickled() -> None:
    secret = Secret.find(CANARY, "api_key", "MINIMAX_API_KEY")
    with pytest.raises(TypeError):
        vars(secret)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(secret, protocol)


def test_a_secret_is_revealed_only_by_name() -> None:
    secret = Secret.find(SecretStr(CANARY), "api_key", "MINIMAX_API_KEY").check("MiniMax")
    assert secret.is_set
    assert secret.reveal() == CANARY
    assert not Secret.find(None, "api_key", "MINIMAX_API_KEY").is_set


def test_a_secret_may_be_passed_in_where_text_may(platform: str) -> None:
    wrapped = hidden(CANARY)
    assert wrapped is not None
    assert CANARY not in repr(wrapped)
    make: Callable[..., Provider] = {
        "hunyuan": lambda secret: Hunyuan(secret, secret),
        "minimax": lambda secret: MiniMax(secret, secret),
        "appbuilder": AppBuilder,
    }[platform]
    assert make(wrapped).identity == make(CANARY).identity


def test_nothing_is_hidden_as_nothing() -> None:
    assert hidden(None) is None


def test_fingerprints_tell_secrets_apart_and_tell_nothing_else() -> None:
    one, same, other = (Secret.find(value, "k", "V") for value in (CANARY, CANARY, "other"))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert CANARY.encode() not in one.fingerprint()


def test_a_provider_and_its_client_show_no_credential(platform: str) -> None:
    provider = WITH_CANARY[platform]()
    with ThreadClient(provider) as client:
        shown = [repr(provider), str(provider), repr(vars(provider)), repr(client), repr(vars(client))]
        shown += [repr(provider.identity), repr(provider.config())]
    assert CANARY not in "".join(shown)


def test_a_signed_request_shows_no_credential(platform: str) -> None:
    provider = WITH_CANARY[platform]()
    request = provider.sign(provider.endpoints.create_thread.build(CreateThread()), 0)
    assert CANARY in str(dict(request.headers))
    assert CANARY not in repr(request)
    assert CANARY not in repr(Send(request, Timeouts(), 0))


# pickling and copying providers


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_provider_holds_no_secret_and_reads_the_environment_where_it_is_loaded(
    platform: str, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = WITH_CANARY[platform]()
    pickled = pickle.dumps(provider, protocol)
    assert CANARY.encode() not in pickled
    with pytest.raises(
        ConfigurationError, match=r"set the environment variable .* stay behind when a provider is pickled"
    ):
        pickle.loads(pickled)
    for name, value in ENVIRONMENT[platform].items():
        monkeypatch.setenv(name, value)
    loaded = pickle.loads(pickled)
    assert type(loaded) is type(provider)
    assert loaded.base_url == provider.base_url
    assert [secret.reveal() for secret in loaded._secrets()] == list(ENVIRONMENT[platform].values())
    assert loaded.identity != provider.identity


def test_a_pickled_provider_keeps_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variables in ENVIRONMENT.values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    for provider in (
        MiniMax(write_roles={"user", "assistant"}),
        Hunyuan(region="ap-beijing", base_url="https://hunyuan.example.com:8443"),
        AppBuilder(base_url="https://appbuilder.example.com"),
    ):
        loaded = pickle.loads(pickle.dumps(provider))
        assert loaded.config() == provider.config()
        assert loaded.identity == provider.identity
        assert loaded.capabilities == provider.capabilities


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copied_provider_keeps_its_credentials(platform: str, duplicate: Callable[[Provider], Provider]) -> None:
    provider = WITH_CANARY[platform]()
    assert duplicate(provider).identity == provider.identity


def test_identity_tells_accounts_addresses_and_settings_apart() -> None:
    providers = [
        MiniMax("k", "g"),
        MiniMax("k2", "g"),
        MiniMax("k", "g2"),
        MiniMax("g", "k"),
        MiniMax("k", "g", base_url="https://other.example.com"),
        MiniMax("k", "g", write_roles={"user", "assistant"}),
        AppBuilder("k"),
        Hunyuan("k", "g"),
        Hunyuan("k", "g", "t"),
        Hunyuan("k", "g", region="ap-beijing"),
    ]
    assert len({provider.identity for provider in providers}) == len(providers)
    assert MiniMax("k", "g").identity == MiniMax("k", "g", base_url="https://api.minimax.chat/").identity


# where credentials come from


def test_credentials_come_from_the_environment(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT[platform].items():
        monkeypatch.setenv(name, value)
    make = {"hunyuan": Hunyuan, "minimax": MiniMax, "appbuilder": AppBuilder}[platform]
    assert [secret.reveal() for secret in make()._secrets()] == list(ENVIRONMENT[platform].values())


def test_a_token_in_the_environment_does_not_join_a_pair_passed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_TOKEN", "env-token")
    hunyuan = Hunyuan("id", "key")
    assert "X-TC-Token" not in hunyuan.sign(hunyuan.endpoints.create_thread.build(CreateThread()), 0).headers
