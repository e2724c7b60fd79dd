"""``provider-threads sync``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.cli.account import Account, OverlayOption, with_account
from provider_threads.cli.batch import (
    ConcurrencyOption,
    ListingOption,
    NamespaceOption,
    ThreadsArgument,
    run_batch,
)
from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from provider_threads.cli.many_threads import Outcome

__all__ = ["sync"]


@with_account
def sync(
    account: Account,
    threads: ThreadsArgument = None,
    listing: ListingOption = None,
    overlay: OverlayOption = None,
    namespace: NamespaceOption = "",
    concurrency: ConcurrencyOption = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read all anew, to notice texts that were edited on the platform.")
    ] = False,
) -> None:
    """Read threads into an overlay; a second run asks for what is new only."""
    if overlay is None:
        raise ConfigurationError("no overlay: name one with --overlay, a path such as threads.db or a URL.")
    from provider_threads.cli.export_source import Source  # noqa: PLC0415 - help needs none of it
    from provider_threads.cli.many_threads import Outcome, Run  # noqa: PLC0415
    from provider_threads.cli.progress import Display  # noqa: PLC0415
    from provider_threads.cli.thread_list import listed_threads  # noqa: PLC0415

    wanted = listed_threads(threads or [], listing, own_keys=True)
    source = Source(account.async_client(), overlay, namespace)

    async def bring_up_to_date(thread: str) -> Outcome:
        extent = await source.brought_up_to_date(thread, refresh=refresh)
        display.read(extent.amount)
        return Outcome(thread, extent.amount, not extent.complete)

    display = Display(Run(len(wanted)), "read into", source.settings["overlay"], as_json=account.as_json)
    run_batch(source, wanted, bring_up_to_date, display, concurrency)
