"""Failures of requests: writes and tries, times, answers, cursors."""

from __future__ import annotations

from .row import Row, tests_in

__all__ = ["REQUESTS"]

REQUESTS: tuple[Row, ...] = (
    Row(
        1,
        "a write is stored twice because somebody tried it again",
        (
            "0 doubled of 5,000 writes on each platform and way of calling, 30 % of which go wrong after they"
            " were applied"
        ),
        (
            *tests_in(
                "reliability/test_at_length",
                "test_what_is_told_of_a_write_is_true",
                "test_trying_every_failed_write_again_doubles_many",
            ),
            *tests_in("reliability/test_appends", "test_no_write_is_doubled_lost_or_of_no_named_outcome"),
            *tests_in("clients/test_emulator_faults", "test_a_write_is_sent_once_and_its_failure_is_named"),
            *tests_in("flows/test_retry", "test_a_write_is_tried_once_whatever_happens"),
        ),
        figure=(
            "{doubled} of {appends} ({injected} went wrong); a client that tries again doubled "
            "{doubled_naively} of 5,000"
        ),
        short="Hunyuan takes no message; there, threads are created.",
    ),
    Row(
        2,
        "a write is said to have failed or succeeded, and the opposite is true",
        "what is confirmed is there; every other write is NotSent or OutcomeUnknown; a batch tells how far it came",
        (
            *tests_in("reliability/test_at_length", "test_what_is_told_of_a_write_is_true"),
            *tests_in(
                "flows/test_outcomes",
                "test_a_write_whose_answer_cannot_be_read_may_have_been_applied",
                "test_a_write_that_a_failing_platform_answers_may_have_been_applied",
            ),
            *tests_in("flows/test_retry", "test_a_batch_that_fails_says_how_many_were_confirmed"),
            *tests_in("wire/test_tls", "test_a_write_whose_encryption_breaks_under_way_may_have_been_applied"),
            *tests_in("wire/test_deadlines", "test_a_call_whose_time_ends_while_it_connects_sent_nothing"),
            *tests_in(
                "wire/test_lifetimes", "test_what_a_server_breaks_http_2_with_leaves_a_write_of_a_given_client_open"
            ),
            *tests_in(
                "reliability/test_foreign_addresses",
                "test_a_write_that_was_redirected_to_no_address_may_have_been_applied",
            ),
        ),
        figure=(
            "{confirmed} confirmed, {confirmed_missing} of them missing; {unknown} unknown, {not_sent} not "
            "sent, {unnamed} of no named outcome"
        ),
    ),
    Row(
        3,
        "a read fails for a moment",
        "at most three tries, also for the platforms' own codes; nothing is read wrongly",
        (
            *tests_in(
                "clients/test_emulator_faults",
                "test_a_read_recovers_within_three_tries",
                "test_every_documented_code_for_wait_and_try_again_is_tried_again",
            ),
            *tests_in("flows/test_retry", "test_a_read_that_always_fails_is_tried_three_times"),
            *tests_in("wire/test_tls", "test_a_connection_that_ends_in_its_handshake_is_tried_again_by_a_read_alone"),
            *tests_in(
                "wire/test_broken_answers",
                "test_a_refusal_whose_body_cannot_be_read_is_the_refusal_that_its_status_says",
            ),
            *tests_in(
                "reliability/test_fuzzed_threads", "test_no_order_of_things_loses_doubles_or_disorders_a_message"
            ),
        ),
        figure="{fuzzed_reads} reads among {fuzzed_failed} failures in {fuzzed_threads} fuzzed threads, 0 wrong",
    ),
    Row(
        4,
        "one failure, then success",
        "two requests, and the answer",
        (
            *tests_in("flows/test_retry", "test_a_read_that_fails_once_succeeds_with_two_requests"),
            *tests_in("wire/test_connections", "test_a_read_whose_first_connection_breaks_succeeds_on_the_second"),
        ),
        figure="{most_requests_to_recover} requests at most, {recovered} times",
    ),
    Row(
        5,
        "something hopeless is tried again",
        "one try for a refusal, a wrong credential, a bad certificate",
        (
            *tests_in("flows/test_retry", "test_a_read_that_cannot_succeed_is_tried_once"),
            *tests_in("clients/test_emulator_faults", "test_an_unreadable_answer_to_a_read_is_an_error_at_once"),
            *tests_in(
                "wire/test_tls",
                "test_a_self_signed_certificate_is_refused_with_one_attempt",
                "test_plain_http_on_a_tls_address_is_refused_with_one_attempt",
            ),
            *tests_in(
                "wire/test_settings",
                "test_a_proxy_that_wants_another_credential_is_asked_once_and_one_that_fails_again",
            ),
        ),
        figure="{hopeless} failures, {most_tries_of_the_hopeless} try at most",
    ),
    Row(
        6,
        "`Retry-After` delays too long, or hides the error",
        "kept up to 120 s and the time left, else raised at once with the seconds; no value masks the refusal",
        (
            *tests_in(
                "reliability/test_waits_asked_for",
                "test_a_wait_that_there_is_time_for_is_waited_to_the_second",
                "test_a_date_is_waited_for_on_every_platform",
                "test_a_wait_that_is_too_long_is_told_at_once",
                "test_more_than_two_minutes_are_never_waited_however_long_the_call_may_take",
                "test_a_value_without_meaning_does_not_take_the_refusals_place",
            ),
            *tests_in(
                "flows/test_retry_after",
                "test_no_value_of_the_header_breaks_anything",
                "test_a_write_that_is_throttled_says_how_long_to_wait",
            ),
        ),
        figure="{honoured} waited for, {told_at_once} told at once, {meaningless} without meaning: 0 masked",
    ),
    Row(
        7,
        "retries make an outage worse",
        "at most 1.1 requests for each call while everything fails",
        (
            *tests_in(
                "flows/test_retry_budget",
                "test_a_thousand_calls_to_a_platform_that_is_down_make_a_tenth_more_requests_at_most",
                "test_with_the_budget_spent_a_read_fails_at_once_with_the_platforms_own_word",
            ),
            *tests_in(
                "clients/test_emulator_faults", "test_a_platform_that_stays_down_is_asked_a_tenth_more_often_at_most"
            ),
        ),
        figure="{outages} outages of 1,000 calls each: {most_requests_of_thousand_calls} requests at most",
    ),
    Row(
        8,
        "a call lasts longer than it may",
        "1.0 s are 1.25 s at most: bodies and heads that drip, and silence",
        (
            *tests_in("reliability/test_overtime", "test_a_call_ends_with_its_time"),
            *tests_in(
                "wire/test_deadlines",
                "test_a_head_that_drips_ends_with_the_time_for_the_call",
                "test_a_head_that_drips_through_a_proxy_ends_with_the_time_for_the_call",
                "test_a_request_that_is_taken_drop_by_drop_ends_with_the_time_for_the_call",
            ),
            *tests_in("wire/test_deadline_backend", "test_all_addresses_together_take_no_longer_than_what_is_left"),
            *tests_in("flows/test_retry", "test_tries_and_pauses_stay_within_the_time_for_the_call"),
            *tests_in("flows/test_retry_after", "test_a_wait_beyond_the_time_left_is_left_to_the_caller_at_once"),
        ),
        figure="at most {overtime_s} s too long",
        short=(
            "Three things a synchronous call cannot cut: the system's look-up of a name, which has limits of its own; "
            "the head of an answer on an `http_client` of yours, which is bounded a read at a time; and drops through "
            "an `https://` proxy, which are bounded a piece of a record at a time."
        ),
    ),
    Row(
        9,
        "an answer inflates to more than memory holds",
        "8 MiB are read at most; a peak of 16 MiB for bombs of 50 MiB and 1 GiB",
        (
            *tests_in("reliability/test_bombs", "test_a_bomb_is_refused_at_a_bounded_peak"),
            *tests_in(
                "wire/test_broken_answers",
                "test_the_largest_body_is_read_and_one_byte_more_is_not",
                "test_what_follows_a_compressed_body_is_not_kept",
                "test_a_body_that_comes_in_crumbs_takes_no_more_memory_than_it_is_long",
            ),
        ),
        figure="a peak of {peak_mib} MiB",
    ),
    Row(
        10,
        "an answer is cut, malformed, or no answer at all",
        (
            "of 10,000 mutated answers on each platform only errors of this library come out, with 0 "
            "characters of their text"
        ),
        (
            *tests_in(
                "reliability/test_mutated_payloads",
                "test_no_mutated_answer_gets_anything_out_but_an_error_of_ours_without_its_text",
            ),
            *tests_in("wire/test_broken_answers", "test_an_answer_that_cannot_be_read_is_an_error_without_its_text"),
            *tests_in("clients/test_emulator_faults", "test_mutated_json_is_read_right_or_refused"),
        ),
        figure="{payloads} mutated answers, {errors} errors, all of this library; 0 characters",
    ),
    Row(
        11,
        "an error comes with HTTP 200",
        "every documented code has its class; an unknown one is a ProviderError, never a success",
        (
            *tests_in(
                "providers/test_error_tables",
                "test_every_documented_tencent_code_has_its_class",
                "test_every_documented_minimax_code_has_its_class",
                "test_a_minimax_error_with_a_lists_keys_is_not_an_empty_list",
                "test_an_appbuilder_error_at_http_200_is_a_refusal",
            ),
            *tests_in("providers/test_refusals", "test_an_unknown_code_is_a_provider_error_and_never_a_success"),
        ),
        figure=(
            "{documented} answers with a documented code, {of_another_class} of another class; {unknown_codes} "
            "with an unknown one, {taken_for_success} taken for a success"
        ),
    ),
    Row(
        12,
        "a cursor goes round in circles",
        "PaginationError within two requests of the first repeat; a read that gets on has no ceiling",
        (
            *tests_in(
                "flows/test_loop_guard",
                "test_a_cycle_of_cursors_is_an_error_within_two_requests",
                "test_a_cursor_that_does_not_move_is_an_error",
                "test_an_empty_page_that_promises_more_is_an_error",
                "test_three_thousand_pages_that_progress_are_not_stopped",
            ),
            *tests_in("clients/test_emulator_faults", "test_a_cursor_that_leads_nowhere_is_an_error_and_no_loop"),
        ),
        figure=(
            "{circles} circles, {most_requests_past_the_repeat} requests past the first repeat at most; "
            "{most_pages_read} pages read without a ceiling"
        ),
    ),
)
