"""What a caller passes in is checked before anything is sent, and its value is never repeated."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads import AppBuilder, ConfigurationError, Draft, Hunyuan, MiniMax, UnsupportedOperationError
from provider_threads.arguments import (
    check_draft,
    check_files,
    check_limit,
    check_list,
    check_metadata,
    check_private,
    check_text,
)
from provider_threads.endpoint import ListFiles, ListMessages

from .answers import MAKERS

HUNYUAN, MINIMAX, APPBUILDER = (MAKERS[name]() for name in ("hunyuan", "minimax", "appbuilder"))


# limits and cursors


@pytest.mark.parametrize("limit", [None, 1, 100])
def test_a_limit_up_to_the_platforms_most_passes(limit: int | None) -> None:
    check_list(HUNYUAN, ListMessages("t", limit=limit))
    check_limit(limit, most=100)


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9, True, 2.0, "5", [1]])
def test_any_other_limit_is_refused(limit: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^limit must be"):
        check_list(HUNYUAN, ListMessages("t", limit=limit))


def test_a_limit_without_a_most_has_none() -> None:
    check_limit(10**9, "max_pages")
    with pytest.raises(ConfigurationError, match=r"^max_pages must be at least 1; got 0\.$"):
        check_limit(0, "max_pages")


def test_appbuilders_most_is_20_and_minimaxs_100() -> None:
    check_list(APPBUILDER, ListMessages("t", limit=20))
    check_list(MINIMAX, ListMessages("t", limit=100))
    for provider, limit in ((APPBUILDER, 21), (MINIMAX, 101)):
        with pytest.raises(ConfigurationError, match=f"between 1 and {limit - 1}"):
            check_list(provider, ListFiles("t", "m", limit=limit))


@pytest.mark.parametrize("order", ["ASC", "ascending", "", 1, ["asc"]])
def test_an_order_is_asc_or_desc(order: Any) -> None:
    with pytest.raises(ConfigurationError, match="oldest first"):
        check_list(MINIMAX, ListMessages("t", order=order))


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_is_refused_where_the_platform_has_none(name: str) -> None:
    with pytest.raises(UnsupportedOperationError, match=f"no {name}=") as caught:
        check_list(HUNYUAN, ListMessages("t", **{name: "msg_1"}))  # type: ignore[arg-type]  # one of two names
    assert (caught.value.provider, caught.value.operation) == ("hunyuan", "list_messages")


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_is_an_id(name: str) -> None:
    check_list(MINIMAX, ListMessages("t", **{name: "msg_1"}))  # type: ignore[arg-type]  # one of two names
    with pytest.raises(ConfigurationError, match=f"^{name} is empty"):
        check_list(MINIMAX, ListMessages("t", **{name: ""}))  # type: ignore[arg-type]  # one of two names


# text


@pytest.mark.parametrize("text", ["好", " 好 ", "a\nb", "😀", "\u200b", "x" * 100_000])
def test_text_with_something_in_it_passes(text: str) -> None:
    check_text(text)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000", None, 5, b"x", ["x"]])
def test_text_without_anything_in_it_is_refused(text: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^text "):
        check_text(text)


@pytest.mark.parametrize("text", ["好\ud83d", "\ude00", "机密\udfff机密"])
def test_half_a_surrogate_pair_is_refused_without_the_text(text: str) -> None:
    with pytest.raises(ConfigurationError, match="surrogate") as caught:
        check_text(text)
    assert "机密" not in str(caught.value)


# files


def test_files_are_a_sequence_of_ids() -> None:
    check_files(MINIMAX, ["file-1", "123"], "append")
    no_sequences: list[object] = ["file-1", {"file-1"}, 5, None, iter(["file-1"])]
    for wrong in no_sequences:
        with pytest.raises(ConfigurationError, match="sequence"):
            check_files(MINIMAX, wrong, "append")
    no_ids: list[object] = [[1], ["a/b"], [""], b"ab", [None]]
    for wrong in no_ids:
        with pytest.raises(ConfigurationError, match=r"^file_ids "):
            check_files(MINIMAX, wrong, "append")


def test_appbuilder_takes_ten_files_and_no_more() -> None:
    check_files(APPBUILDER, [f"file-{number}" for number in range(10)], "append")
    with pytest.raises(ConfigurationError, match="at most 10 files"):
        check_files(APPBUILDER, [f"file-{number}" for number in range(11)], "append")


def test_a_platform_that_attaches_nothing_takes_no_files() -> None:
    check_files(HUNYUAN, (), "append")
    with pytest.raises(UnsupportedOperationError, match="attaches no files") as caught:
        check_files(HUNYUAN, ("file-1",), "append")
    assert caught.value.provider == "hunyuan"


# metadata


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"k": "v"}, {f"k{number}": "v" for number in range(16)}, {"n" * 64: "v" * 512}],
    ids=["none", "empty", "one", "sixteen", "longest"],
)
def test_metadata_within_the_limits_passes(metadata: Any) -> None:
    check_metadata(metadata)


@pytest.mark.parametrize(
    "metadata",
    [
        {f"k{number}": "v" for number in range(17)},
        {"n" * 65: "v"},
        {"k": "v" * 513},
        {"k": 1},
        {1: "v"},
        {"k": None},
        [("k", "v")],
        "k",
        {"k": "机密\ud800"},
        {"机密\udfff": "v"},
    ],
    ids=["17 pairs", "name", "value", "int", "int name", "null", "list", "str", "surrogate", "surrogate name"],
)
def test_other_metadata_is_refused_without_its_text(metadata: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^metadata") as caught:
        check_metadata(metadata)
    assert "机密" not in str(caught.value)


def test_metadata_may_be_required() -> None:
    with pytest.raises(ConfigurationError, match=r"^metadata must"):
        check_metadata(None, required=True)


# drafts


def test_a_draft_that_the_platform_takes_passes() -> None:
    check_draft(MINIMAX, Draft("好", file_ids=("123",), metadata={"k": "v"}))
    check_draft(APPBUILDER, Draft("好", file_ids=("file-1",)))
    check_draft(MiniMax("k", "g", write_roles={"user", "assistant"}), Draft("好", role="assistant"))


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_hunyuan_takes_no_draft_at_all(role: str) -> None:
    with pytest.raises(UnsupportedOperationError, match=r"no action that appends.*RunThread"):
        check_draft(HUNYUAN, Draft("好", role=role))


@pytest.mark.parametrize(("provider", "advice"), [(MINIMAX, "write_roles="), (APPBUILDER, "writes='none'")])
@pytest.mark.parametrize("role", ["assistant", "system", "tool", "ai", ""])
def test_a_role_that_the_platform_does_not_take_is_refused_with_advice(provider: Any, advice: str, role: str) -> None:
    with pytest.raises(UnsupportedOperationError, match="takes user messages") as caught:
        check_draft(provider, Draft("好", role=role))
    assert advice in str(caught.value)


def test_a_draft_is_refused_for_its_text_files_or_metadata() -> None:
    for draft in (Draft(" "), Draft("好", file_ids=("a/b",)), Draft("好", metadata={"k": "v" * 600})):
        with pytest.raises(ConfigurationError):
            check_draft(MINIMAX, draft)


def test_appbuilder_keeps_no_metadata_with_a_message() -> None:
    check_draft(APPBUILDER, Draft("好", metadata={}))
    with pytest.raises(UnsupportedOperationError, match="no metadata with a message"):
        check_draft(APPBUILDER, Draft("好", metadata={"k": "v"}))


# settings of a provider


@pytest.mark.parametrize("write_roles", ["user", {"system"}, {"user", "tool"}, {"ai"}])
def test_minimaxs_write_roles_are_user_and_assistant(write_roles: Any) -> None:
    with pytest.raises(ConfigurationError, match="write_roles"):
        MiniMax("k", "g", write_roles=write_roles)


def test_minimax_takes_only_user_messages_unless_asked_otherwise() -> None:
    assert MINIMAX.capabilities.write_roles == {"user"}
    assert MiniMax("k", "g", write_roles=["user", "assistant"]).capabilities.write_roles == {"user", "assistant"}


@pytest.mark.parametrize("region", ["ap guangzhou", "AP", "a\n", "a" * 65, "é", 5])
def test_a_region_is_a_plain_name(region: Any) -> None:
    with pytest.raises(ConfigurationError, match="region"):
        Hunyuan("id", "key", region=region)


def test_a_region_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_REGION", "ap-beijing")
    assert Hunyuan("id", "key").region == "ap-beijing"
    assert Hunyuan("id", "key", region="ap-guangzhou").region == "ap-guangzhou"


@pytest.mark.parametrize(
    "address", ["https://example.com", "http://localhost", "http://127.0.0.1:8080", "http://[::1]:8080"]
)
def test_https_and_this_machine_are_private(address: str) -> None:
    check_private(AppBuilder("t", base_url=address), allow_insecure=False)


@pytest.mark.parametrize(
    "address", ["http://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1"]
)
def test_http_to_another_machine_is_refused_unless_asked_for(address: str) -> None:
    provider = AppBuilder("t", base_url=address)
    with pytest.raises(ConfigurationError, match="allow_insecure=True"):
        check_private(provider, allow_insecure=False)
    check_private(provider, allow_insecure=True)
