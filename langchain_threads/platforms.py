"""A history class for each platform, named and called as LangChain's integrations are.

They take credentials, or find them in the environment. For a provider or client of your own, use
`ThreadChatMessageHistory`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from typing_extensions import Self, Unpack

from langchain_threads.history import HistorySettings, ThreadChatMessageHistory
from provider_threads import AppBuilder, ConfigurationError, Hunyuan, MiniMax
from provider_threads.secret import SecretLike, hidden

__all__ = ["AppBuilderChatMessageHistory", "HunyuanChatMessageHistory", "MiniMaxChatMessageHistory"]


class HunyuanChatMessageHistory(ThreadChatMessageHistory):
    """The messages of a Tencent Hunyuan thread.

    Tencent offers no way to append a message: without an overlay, which keeps them, writes raise unless
    ``writes="none"``. And it marks its thread actions as about to retire.

    Args:
        thread_id: the thread's id.
        secret_id, secret_key, token, region, base_url: see `provider_threads.Hunyuan`.
        **settings: see `ThreadChatMessageHistory`.
    """

    def __init__(
        self,
        thread_id: str,
        *,
        secret_id: SecretLike | None = None,
        secret_key: SecretLike | None = None,
        token: SecretLike | None = None,
        region: str | None = None,
        base_url: str = "https://hunyuan.tencentcloudapi.com",
        **settings: Unpack[HistorySettings],
    ) -> None:
        secret_id, secret_key, token = hidden(secret_id), hidden(secret_key), hidden(token)
        _check_own(settings, "HunyuanChatMessageHistory")
        super().__init__(thread_id, provider=Hunyuan(secret_id, secret_key, token, region, base_url), **settings)

    @classmethod
    def factory(  # type: ignore[override]  # credentials take the place of provider and client
        cls,
        *,
        secret_id: SecretLike | None = None,
        secret_key: SecretLike | None = None,
        token: SecretLike | None = None,
        region: str | None = None,
        base_url: str = "https://hunyuan.tencentcloudapi.com",
        **settings: Unpack[HistorySettings],
    ) -> Callable[[str], Self]:
        """See `ThreadChatMessageHistory.factory`; a missing credential shows here, not at the first call."""
        secret_id, secret_key, token = hidden(secret_id), hidden(secret_key), hidden(token)
        _check_own(settings, "HunyuanChatMessageHistory")
        provider = Hunyuan(secret_id, secret_key, token, region, base_url)
        return cls._factory(provider=provider, **settings)


class MiniMaxChatMessageHistory(ThreadChatMessageHistory):
    """The messages of a MiniMax thread, citations included.

    Args:
        thread_id: the thread's id.
        api_key, group_id, base_url, write_roles: see `provider_threads.MiniMax`.
        **settings: see `ThreadChatMessageHistory`.
    """

    def __init__(
        self,
        thread_id: str,
        *,
        api_key: SecretLike | None = None,
        group_id: SecretLike | None = None,
        base_url: str = "https://api.minimax.chat",
        write_roles: Collection[str] = ("user",),
        **settings: Unpack[HistorySettings],
    ) -> None:
        api_key, group_id = hidden(api_key), hidden(group_id)
        _check_own(settings, "MiniMaxChatMessageHistory")
        provider = MiniMax(api_key, group_id, base_url, write_roles=write_roles)
        super().__init__(thread_id, provider=provider, **settings)

    @classmethod
    def factory(  # type: ignore[override]  # credentials take the place of provider and client
        cls,
        *,
        api_key: SecretLike | None = None,
        group_id: SecretLike | None = None,
        base_url: str = "https://api.minimax.chat",
        write_roles: Collection[str] = ("user",),
        **settings: Unpack[HistorySettings],
    ) -> Callable[[str], Self]:
        """See `ThreadChatMessageHistory.factory`; a missing credential shows here, not at the first call."""
        api_key, group_id = hidden(api_key), hidden(group_id)
        _check_own(settings, "MiniMaxChatMessageHistory")
        provider = MiniMax(api_key, group_id, base_url, write_roles=write_roles)
        return cls._factory(provider=provider, **settings)


class AppBuilderChatMessageHistory(ThreadChatMessageHistory):
    """The messages of a Baidu AppBuilder thread.

    Args:
        thread_id: the thread's id.
        token, base_url: see `provider_threads.AppBuilder`.
        **settings: see `ThreadChatMessageHistory`.
    """

    def __init__(
        self,
        thread_id: str,
        *,
        token: SecretLike | None = None,
        base_url: str = "https://appbuilder.baidu.com",
        **settings: Unpack[HistorySettings],
    ) -> None:
        token = hidden(token)
        _check_own(settings, "AppBuilderChatMessageHistory")
        super().__init__(thread_id, provider=AppBuilder(token, base_url), **settings)

    @classmethod
    def factory(  # type: ignore[override]  # credentials take the place of provider and client
        cls,
        *,
        token: SecretLike | None = None,
        base_url: str = "https://appbuilder.baidu.com",
        **settings: Unpack[HistorySettings],
    ) -> Callable[[str], Self]:
        """See `ThreadChatMessageHistory.factory`; a missing credential shows here, not at the first call."""
        token = hidden(token)
        _check_own(settings, "AppBuilderChatMessageHistory")
        provider = AppBuilder(token, base_url)
        return cls._factory(provider=provider, **settings)


def _check_own(settings: Mapping[str, object], name: str) -> None:
    """These classes make the provider themselves; one that is given beside would be another account."""
    if "provider" in settings or "client" in settings:
        raise ConfigurationError(
            f"{name} takes credentials, or finds them in the environment. ThreadChatMessageHistory takes provider= or "
            "client=."
        )
