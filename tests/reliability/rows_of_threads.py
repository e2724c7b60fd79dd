"""Failures of what a thread shows and keeps: lengths, messages, errors about them."""

from __future__ import annotations

from .row import Row, tests_in

__all__ = ["THREADS"]

THREADS: tuple[Row, ...] = (
    Row(
        13,
        "a list grows while it is read",
        "in 1,000 interleavings of each kind 0 doubled, 0 missed of what was there, the platform's order",
        (
            *tests_in(
                "reliability/test_growing_reads",
                "test_what_was_there_is_read_once_and_in_order_while_more_arrives",
                "test_the_newest_are_those_of_the_first_answer",
                "test_two_ends_that_do_not_meet_are_never_joined",
            ),
            *tests_in("clients/test_emulator_faults", "test_a_list_that_grows_is_read_without_gap_or_double"),
            *tests_in("flows/test_growing_lists", "test_a_list_that_grows_between_pages_is_read_whole"),
        ),
        figure="{interleavings} interleavings: 0 doubled, 0 missed, 0 out of order; {errors} given up with an error",
        short=(
            "Newest first, while all times seen tie and more has arrived between two requests than a page shows, a "
            "read is given up with a PaginationError: nothing tells older messages from new ones then. Whole reads "
            "are right."
        ),
    ),
    Row(
        14,
        "part of a conversation is shown as if it were all",
        (
            "with 99, 100, 101, 200, 201 and 250 messages all is shown, or it is said that it is not, through"
            " the core and both adapters"
        ),
        (
            *tests_in("reliability/test_lengths", "test_what_is_not_shown_whole_is_said_to_be_incomplete"),
            *tests_in(
                "clients/test_two_ends", "test_up_to_199_messages_are_whole", "test_from_200_on_the_gap_is_declared"
            ),
            *tests_in("clients/test_whole_reads", "test_a_thread_is_whole_in_every_position"),
        ),
        figure="{reads} reads, {said_incomplete} of them said to be incomplete, 0 silently",
    ),
    Row(
        15,
        "clearing leaves something behind",
        "0, 1, 20, 21, 40 and 100 messages, also while one arrives: forgotten, or refused before anything is sent",
        (
            *tests_in(
                "reliability/test_clearing_lengths",
                "test_a_conversation_of_any_length_is_forgotten_though_it_grows",
                "test_without_an_overlay_nothing_is_cleared_but_a_thread_that_can_be_deleted",
            ),
            *tests_in(
                "langchain_adapter/test_clearing",
                "test_what_is_cleared_is_forgotten_here_and_stays_on_the_platform",
                "test_where_no_thread_can_be_deleted_nothing_is_forgotten",
            ),
        ),
        figure="{cleared} conversations forgotten, {refused_or_deleted} refused or deleted whole",
        short=(
            "No platform deletes one message. With an overlay what is cleared is forgotten here and stays on "
            "the platform; only `clear(remote=True)` on AppBuilder deletes the thread itself."
        ),
    ),
    Row(
        31,
        "support asks for the request id, and nobody has it",
        "in the sentence of every error whose answer had one",
        (
            *tests_in("reliability/test_request_ids", "test_every_error_that_had_a_request_id_tells_it"),
            *tests_in("providers/test_refusals", "test_an_error_names_platform_operation_code_and_request_id"),
            *tests_in("wire/test_broken_answers", "test_an_answer_that_is_lost_after_its_head_leaves_its_request_id"),
        ),
        figure="{errors} of {errors} errors",
    ),
    Row(
        32,
        "another thread's messages",
        (
            "an error on Hunyuan; a warning on MiniMax and AppBuilder, whose documents' examples do it, or an"
            " error on request; mixed ones always an error"
        ),
        (
            *tests_in("clients/test_emulator_faults", "test_another_threads_messages_are_refused"),
            *tests_in(
                "flows/test_outcomes",
                "test_messages_of_another_thread_are_an_error_or_a_warning_by_platform",
                "test_messages_of_another_thread_are_an_error_where_that_is_asked_for",
            ),
            *tests_in("flows/test_loop_guard", "test_a_page_that_mixes_threads_is_an_error"),
        ),
        figure="{foreign_refused} refused and {foreign_warned} warned of, of {foreign_answers} such answers",
    ),
    Row(
        33,
        "a message loses something on the way",
        "equal after the way there and back, or refused before anything is sent",
        (
            *tests_in("langchain_adapter/test_fidelity", "test_every_message_comes_back_as_it_was_written"),
            *tests_in(
                "langchain_adapter/test_refusals",
                "test_a_message_comes_back_equal_or_is_refused",
                "test_what_a_platform_would_lose_is_refused_before_sending",
            ),
            *tests_in(
                "llamaindex_adapter/test_fidelity",
                "test_every_message_comes_back_through_a_chat_store",
                "test_every_message_comes_back_through_a_store_for_memory",
            ),
            *tests_in("llamaindex_adapter/test_writing", "test_a_message_comes_back_equal_or_is_refused"),
        ),
        figure=(
            "{messages_written} came back, {messages_changed} of them changed; {messages_refused} refused, "
            "{sent_though_refused} requests sent for them"
        ),
    ),
    Row(
        34,
        "an unfinished message is taken for a finished one",
        "its status is told, and with an overlay it is fetched again until it is complete",
        (
            *tests_in("langchain_adapter/test_reading", "test_an_unfinished_message_says_so"),
            *tests_in(
                "overlay/test_unfinished",
                "test_an_unfinished_message_is_fetched_again_until_it_is_complete",
                "test_an_unfinished_message_is_fetched_again_when_it_is_older_than_the_newest_100",
                "test_an_unfinished_message_that_the_platform_knows_no_more_stays_as_it_was_and_spoils_no_read",
            ),
            *tests_in("providers/test_hunyuan_answers", "test_a_status_is_kept_as_it_came"),
            *tests_in(
                "documents/test_passages",
                "test_what_holds_an_unfinished_message_is_never_said_to_be_completed",
            ),
        ),
        figure=(
            "{unfinished_shown} shown unfinished, {shown_as_finished} of them as finished; {fetched_complete} "
            "fetched again until complete"
        ),
    ),
)
