"""Which platform a command speaks to, and with which credentials.

Credentials come from the environment, from a file, or from a prompt; never from an argument, which other users of a
machine can read and a shell remembers.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from provider_threads.cli.outcome import notice
from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from provider_threads import AsyncThreadClient, Provider, ThreadClient

__all__ = ["PLATFORMS", "Account", "OverlayOption", "Platform", "Variables", "with_account"]

Platform = Literal["hunyuan", "minimax", "appbuilder"]


@dataclass(frozen=True)
class Variables:
    """The environment variables of a platform's credentials, each with the argument of its provider.

    Attributes:
        title: the platform as people write it. needed, optional: from variable to argument.
    """

    title: str
    needed: dict[str, str]
    optional: dict[str, str]


PLATFORMS: Final[dict[Platform, Variables]] = {
    "hunyuan": Variables(
        "Tencent Hunyuan",
        {"TENCENTCLOUD_SECRET_ID": "secret_id", "TENCENTCLOUD_SECRET_KEY": "secret_key"},
        {"TENCENTCLOUD_TOKEN": "token", "TENCENTCLOUD_REGION": "region"},
    ),
    "minimax": Variables("MiniMax", {"MINIMAX_API_KEY": "api_key", "MINIMAX_GROUP_ID": "group_id"}, {}),
    "appbuilder": Variables("Baidu AppBuilder", {"APPBUILDER_TOKEN": "token"}, {}),
}
"""Here as data, so that help and completion need not load the platforms."""

OverlayOption = Annotated[
    str | None,
    typer.Option(
        "--overlay",
        metavar="PATH|URL",
        envvar="PROVIDER_THREADS_OVERLAY",
        show_envvar=False,
        help="The overlay: a SQLite file, or a PostgreSQL URL, whose password is better left to PGPASSWORD.",
    ),
]


@dataclass(frozen=True)
class Account:
    """What a command's options say of the platform and the account. Its fields are the options of `with_account`."""

    platform: Annotated[
        Platform | None,
        typer.Option(
            "--platform",
            "-p",
            envvar="PROVIDER_THREADS_PLATFORM",
            show_envvar=False,
            metavar="NAME",
            help="hunyuan, minimax or appbuilder; may be left out where the credentials of one alone are set.",
        ),
    ] = None
    credentials_file: Annotated[
        Path | None,
        typer.Option(
            "--credentials-file",
            metavar="FILE",
            envvar="PROVIDER_THREADS_CREDENTIALS_FILE",
            show_envvar=False,
            help="NAME=VALUE lines with the platform's variables, instead of the environment.",
        ),
    ] = None
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            envvar="PROVIDER_THREADS_BASE_URL",
            show_envvar=False,
            help="Another address of the platform, such as an emulator's.",
        ),
    ] = None
    allow_insecure: Annotated[
        bool, typer.Option("--allow-insecure", help="Allow http to another machine: the credential goes in the clear.")
    ] = False
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=0.001, help="For one call with its repetitions.")
    ] = 60.0
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON on stdout, and errors as JSON on stderr; see docs/command-line.md.")
    ] = False

    def provider(self) -> Provider:
        """The platform and the account.

        Raises:
            ConfigurationError: no platform or several, or a credential that is missing or malformed.
        """
        given = self.variables()
        platform = self.platform or self._only_platform(given)
        known = PLATFORMS[platform]
        missing = [name for name in known.needed if name not in given]
        # A token belongs to the pair that it came with, wherever that came from.
        credentials = {
            argument: given[name] for name, argument in {**known.needed, **known.optional}.items() if name in given
        }
        for name in missing:
            credentials[known.needed[name]] = self._asked_for(name, platform)
        if self.base_url is not None:
            credentials["base_url"] = self.base_url
        from provider_threads.providers import PROVIDERS  # noqa: PLC0415 - help needs none of it

        made: Provider = PROVIDERS[platform](**credentials)
        if not made.is_private and not self.allow_insecure:
            raise ConfigurationError(
                f"{made.title}: --base-url is http to another machine, which would send the credential in the clear. "
                "Use https, or --allow-insecure where that is meant.",
                provider=made.name,
            )
        return made

    def client(self) -> ThreadClient:
        """A client of the account, to be closed."""
        from provider_threads.client import ThreadClient  # noqa: PLC0415 - help needs none of it

        return ThreadClient(self.provider(), timeout=self.timeout, allow_insecure=self.allow_insecure)

    def async_client(self) -> AsyncThreadClient:
        """`client`, whose methods are awaited."""
        from provider_threads.client import AsyncThreadClient  # noqa: PLC0415 - help needs none of it

        return AsyncThreadClient(self.provider(), timeout=self.timeout, allow_insecure=self.allow_insecure)

    def variables(self) -> Mapping[str, str]:
        """The platforms' variables that are set and not empty; of a platform that the file names, the file's alone."""
        given: dict[str, str] = {name: _unshown(name, value) for name in _ALL if (value := os.environ.get(name))}
        if self.credentials_file is None:
            return given
        from provider_threads.cli.credentials_file import read_credentials  # noqa: PLC0415 - needs the extra

        filed = read_credentials(self.credentials_file, as_json=self.as_json)
        for known in PLATFORMS.values():
            names = {**known.needed, **known.optional}
            if any(name in filed for name in names):
                given = {name: value for name, value in given.items() if name not in names}
                given.update((name, _unshown(name, filed[name])) for name in names if filed.get(name))
        return given

    def _only_platform(self, given: Mapping[str, str]) -> Platform:
        found: list[Platform] = [
            platform for platform, known in PLATFORMS.items() if any(name in given for name in known.needed)
        ]
        if len(found) == 1:
            if not self.as_json:
                notice(f"{PLATFORMS[found[0]].title}, whose credentials are set", as_json=False)
            return found[0]
        if found:
            titles = " and ".join(PLATFORMS[platform].title for platform in found)
            raise ConfigurationError(f"credentials of {titles} are set. Say which with --platform.")
        raise ConfigurationError(
            "no platform: pass --platform hunyuan, minimax or appbuilder, and set its variables: "
            + "; ".join(" and ".join(known.needed) for known in PLATFORMS.values())
            + "."
        )

    def _asked_for(self, name: str, platform: Platform) -> str:
        """A credential that is not set, from who sits at the terminal; it is not shown."""
        if self.as_json or not sys.stdin.isatty():
            raise ConfigurationError(
                f"{PLATFORMS[platform].title}: no {name}. Set that environment variable, or name a file that holds it "
                "with --credentials-file.",
                provider=platform,
            )
        answer: str = typer.prompt(name, hide_input=True, err=True)
        return _Unshown(answer.strip())


class _Unshown(str):
    """A credential on its way to its provider, in frames whose local variables a reporter of errors may show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


def _unshown(variable: str, value: str) -> str:
    return value if variable == "TENCENTCLOUD_REGION" else _Unshown(value)


_ALL: Final = tuple(name for known in PLATFORMS.values() for name in {**known.needed, **known.optional})


def with_account(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, whose first parameter is an `Account`, with the options of one in that parameter's place."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    options = list(inspect.signature(Account, eval_str=True).parameters.values())
    # By keyword only, so that an option with a default may stand before an argument without one.
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *options)]
    names = [one.name for one in options]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        account = Account(**{name: given.pop(name) for name in names})
        command(account, **given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions have one if it is set
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run
