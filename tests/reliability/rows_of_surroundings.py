"""Failures of what is around a request: clocks, credentials, addresses, processes, connections."""

from __future__ import annotations

from .row import Row, tests_in

__all__ = ["SURROUNDINGS"]

SURROUNDINGS: tuple[Row, ...] = (
    Row(
        16,
        "this machine's clock is off",
        (
            "one request more at most, then the platform's time; one correction a call; nothing is learned "
            "over an open line"
        ),
        (
            *tests_in(
                "flows/test_clock",
                "test_a_clock_that_is_off_costs_one_more_request_once",
                "test_a_call_is_corrected_once_and_no_more",
                "test_without_a_date_that_makes_sense_the_error_stands_and_names_the_clock",
                "test_a_write_that_fails_by_the_right_clock_is_not_sent_again",
                "test_a_date_that_came_over_an_open_line_teaches_nothing",
            ),
            *tests_in("clients/test_emulator_faults", "test_a_clock_that_is_off_costs_one_request_more_once"),
        ),
        figure=(
            "{clocks_off} clocks off by 5 minutes to a day: {most_requests_more} request more at most for the "
            "first call, {requests_more_later} for those after it"
        ),
    ),
    Row(
        17,
        "a second try carries the first one's signature",
        "every try is signed at its own time, and when it leaves",
        (
            *tests_in("flows/test_retry", "test_every_try_is_signed_anew_at_its_own_time"),
            *tests_in("flows/test_clock", "test_every_try_is_signed_at_most_a_second_before_it_leaves_by_either_clock"),
            *tests_in("limits/test_pace", "test_a_request_is_signed_when_it_leaves"),
            *tests_in(
                "providers/test_tc3", "test_every_vector_is_reproduced", "test_each_attempt_is_signed_at_its_own_time"
            ),
        ),
        figure=(
            "{signed_tries} tries, {signatures} signatures, {signature_age_s} s old at most; {vectors} vectors "
            "reproduced"
        ),
    ),
    Row(
        18,
        "a credential or a text shows where nobody asked for it",
        (
            "0 in errors, their chains, frames and pickles, in all loggers at DEBUG, in reprs, dumps and the "
            "overlay's file"
        ),
        (
            *tests_in(
                "reliability/test_canaries",
                "test_nothing_that_goes_wrong_shows_a_credential_or_a_text",
                "test_nothing_that_goes_well_shows_a_text_in_a_log",
            ),
            *tests_in(
                "hygiene/test_secrets",
                "test_a_bad_credential_is_refused_at_once_and_shown_nowhere",
                "test_a_signed_request_shows_no_credential",
            ),
            *tests_in("hygiene/test_reprs", "test_a_repr_shows_no_text"),
            *tests_in("limits/test_settings", "test_limits_with_the_password_of_a_redis_are_never_pickled"),
            *tests_in(
                "overlay/test_secrets",
                "test_no_credential_is_anywhere_in_the_file",
                "test_a_failing_database_is_an_overlay_error_that_says_nothing_of_the_messages",
            ),
            *tests_in("llamaindex_adapter/test_dumps", "test_no_dump_holds_a_credential"),
            *tests_in(
                "llamaindex_adapter/test_overlay_dumps", "test_no_dump_holds_the_database_s_password_or_a_credential"
            ),
            *tests_in("langchain_adapter/test_secrecy", "test_a_failed_construction_shows_no_credential"),
            *tests_in("cli/test_doctor", "test_no_credential_shows_itself_whatever_fails"),
            *tests_in("cli/test_account", "test_a_file_that_cannot_be_read_is_named_and_not_repeated"),
            *tests_in("cli/test_export_json_lines", "test_another_line_is_refused_without_a_word_of_it"),
        ),
        figure="0 in {errors} errors of {modes} ways to fail",
        short=(
            "Frames of calls that take a message as their argument hold it, as the caller's own frame does, and frames "
            "of calls that take a URL of a database or of Redis hold its password: leave that to PGPASSWORD, or pass "
            "`Limits` a client of Redis. httpx logs URLs at INFO, and MiniMax's hold the group's id."
        ),
    ),
    Row(
        19,
        "a credential that cannot be sent",
        "ConfigurationError when it is given, without its value; 0 connections",
        (
            *tests_in("reliability/test_hostile_ids", "test_a_bad_credential_opens_no_connection"),
            *tests_in(
                "hygiene/test_secrets",
                "test_a_bad_credential_is_refused_at_once_and_shown_nowhere",
                "test_a_bad_credential_in_the_environment_is_shown_nowhere",
            ),
        ),
        figure="{bad_credentials} bad credentials, 0 connections",
    ),
    Row(
        20,
        "an id reaches into a path, a query or a header",
        "10,000 hostile ids: 0 requests to another path than the one meant",
        (
            *tests_in(
                "reliability/test_hostile_ids",
                "test_an_id_is_refused_or_sent_as_it_is",
                "test_what_goes_over_the_wire_names_the_path_meant",
                "test_ids_of_ten_kilobytes_are_refused_before_anything_is_sent",
            ),
            *tests_in("hygiene/test_ids", "test_what_no_platform_issues_is_refused"),
        ),
        figure="{ids} ids, {over_the_wire} of others over the wire in {requests} requests: 0 elsewhere",
    ),
    Row(
        21,
        "credentials go to another address",
        "https only unless allowed; an origin and nothing else; no redirect and no address in an answer is followed",
        (
            *tests_in(
                "reliability/test_foreign_addresses",
                "test_no_redirect_takes_a_read_or_a_write_along",
                "test_no_cursor_or_next_address_is_gone_to",
            ),
            *tests_in("hygiene/test_addresses", "test_anything_else_is_refused_without_repeating_it"),
            *tests_in("clients/test_refused_before_sending", "test_http_to_another_machine_is_refused_unless_allowed"),
        ),
        figure="{redirects} redirects and {addresses} addresses in lists: 0 followed",
    ),
    Row(
        22,
        "a certificate that is not the platform's",
        "refused with one try: self-signed, another host's, expired; no argument turns it off",
        (
            *tests_in(
                "reliability/test_certificates",
                "test_a_trusted_certificate_that_is_not_this_hosts_or_out_of_date_is_refused",
                "test_no_argument_turns_certificates_off",
            ),
            *tests_in("wire/test_tls", "test_a_self_signed_certificate_is_refused_with_one_attempt"),
        ),
        figure="{refused} of {refused} refused",
    ),
    Row(
        23,
        "the proxy variables mislead",
        "httpx's rules, none for this machine; a bad address is a ConfigurationError without its password",
        (
            *tests_in(
                "wire/test_settings",
                "test_a_bad_proxy_is_named_without_its_password",
                "test_hosts_without_a_proxy_that_httpx_cannot_read_are_named",
                "test_a_proxy_is_used",
                "test_no_proxy_sees_what_is_meant_for_this_machine",
                "test_a_proxy_that_is_away_means_that_nothing_was_sent",
            ),
        ),
        figure=(
            "{through_a_proxy} requests through a proxy; {seen_by_a_proxy} of {meant_for_this_machine} for this "
            "machine; {passwords_shown} passwords in {bad_proxies} errors"
        ),
    ),
    Row(
        24,
        "more requests at once than the account may make",
        "200 tasks: never more in flight than allowed, and no refusal",
        (
            *tests_in(
                "limits/test_in_flight",
                "test_many_tasks_are_never_more_than_allowed",
                "test_threads_and_event_loops_share_one_account",
            ),
            *tests_in("limits/test_pace", "test_requests_leave_evenly_and_never_more_in_a_second_than_allowed"),
            *tests_in("limits/test_redis", "test_two_processes_stay_below_the_limits_of_one_account"),
        ),
        figure=(
            "{at_once} at once, {refused_as_too_many} refused; in flight at most {most_in_flight_hunyuan} on "
            "Hunyuan, {most_in_flight_minimax} on MiniMax, {most_in_flight_appbuilder} on AppBuilder, "
            "{most_above_the_allowed} above the allowed"
        ),
    ),
    Row(
        25,
        "a forked process gets another's answer",
        (
            "4 children that read 60 times, 10 runs: 0 wrong of 2,400; a client of one's own from before the "
            "fork is refused"
        ),
        (
            *tests_in(
                "reliability/test_many_at_once",
                "test_no_answer_reaches_another_process",
                "test_no_answer_reaches_another_processs_loop",
            ),
            *tests_in(
                "wire/test_forks",
                "test_a_given_client_is_refused_in_a_child",
                "test_a_given_async_client_is_refused_in_a_child",
                "test_a_lock_held_at_the_fork_does_not_stop_the_child",
            ),
        ),
        figure="0 wrong of {reads_in_children}",
    ),
    Row(
        26,
        "threads share a client or a store",
        "8 threads, 100 calls each: all right",
        (
            *tests_in(
                "reliability/test_many_at_once",
                "test_eight_threads_that_share_a_client_get_their_own_answers",
                "test_eight_threads_that_share_a_store_write_and_read_each_their_own",
            ),
            *tests_in("langchain_adapter/test_lifetime", "test_eight_threads_write_each_message_once"),
        ),
        figure="{reads_in_threads} reads and {writes_in_threads} writes, all right",
    ),
    Row(
        27,
        "event loops come and go",
        "the same client in one loop after another, or at once; one of the user's own is refused elsewhere",
        (
            *tests_in(
                "wire/test_loops",
                "test_one_client_works_in_one_loop_after_another",
                "test_one_client_works_in_several_loops_at_once",
                "test_a_given_client_is_refused_in_another_loop",
            ),
            *tests_in("langchain_adapter/test_lifetime", "test_one_history_serves_one_event_loop_after_another"),
            *tests_in("llamaindex_adapter/test_lifetime", "test_one_store_serves_one_event_loop_after_another"),
        ),
        figure=(
            "{calls_in_loops} calls in {loops} loops, all right; {refused_in_another_loop} clients of the user's "
            "own refused elsewhere"
        ),
        short="asyncio only. Trio is not supported, and not tried.",
    ),
    Row(
        28,
        "a call is cancelled",
        (
            "at every point where it waits: cancelled, nothing doubled, the next call works, no connection left "
            "in the pool or on the server that nobody will use, what was begun in the overlay has ended; a history "
            "logs a write as of unknown outcome"
        ),
        (
            *tests_in(
                "reliability/test_cancelled_anywhere",
                "test_a_call_cancelled_at_any_point_leaves_everything_usable",
            ),
            *tests_in(
                "reliability/test_cancelled_connections", "test_a_cancelled_call_leaves_no_connection_in_the_pool"
            ),
            *tests_in(
                "wire/test_cancellation",
                "test_what_was_begun_in_the_overlay_has_ended_when_a_cancellation_is_seen",
                "test_a_connection_that_comes_about_as_its_call_is_cancelled_is_closed",
                "test_a_handshake_that_is_cancelled_leaves_no_socket",
            ),
            *tests_in(
                "wire/test_interrupts",
                "test_after_an_interrupt_at_any_lock_the_next_call_works_and_so_does_closing",
            ),
            *tests_in("langchain_adapter/test_lifetime", "test_a_cancelled_write_is_seen_and_stays_cancelled"),
        ),
        figure="{points} points",
        short=(
            "With an `http_client` of yours, httpcore may lose a connection whose TLS handshake, or whose very "
            "coming about, is cancelled, and Ctrl-C in a synchronous call may, rarely, leave a lock of its pool taken: "
            "that pool is not ours to change."
        ),
    ),
    Row(
        29,
        "something stays open",
        "a given client is never closed; closing twice is harmless; use after it is named; no ResourceWarning",
        (
            *tests_in(
                "wire/test_lifetimes",
                "test_closing_twice_is_harmless_and_use_after_it_is_refused",
                "test_a_given_client_is_never_closed",
                "test_a_given_async_client_is_never_closed",
                "test_a_client_dropped_without_closing_closes_its_connection",
                "test_a_closing_that_is_cancelled_closes_all_the_same",
                "test_a_client_closed_while_its_connection_comes_about_leaves_nothing_open",
                "test_a_client_closed_at_any_moment_of_a_call_leaves_nothing_open",
            ),
            *tests_in("wire/test_warnings", "test_clients_that_are_never_closed_leave_no_warning"),
            *tests_in("reliability/test_soak", "test_two_seconds_of_everything_at_once_leave_nothing_wrong"),
        ),
        figure=(
            "{given_clients_closed} of {given_clients} given clients closed; {sent_after_closing} requests in "
            "{uses_after_closing} uses after closing; {warnings} warnings of {never_closed} never closed; "
            "{left_open} sockets left open"
        ),
    ),
    Row(
        30,
        "an error does not survive the way to another process",
        "pickle and copy of every class, whole",
        (
            *tests_in(
                "hygiene/test_error_classes", "test_an_error_comes_back_whole", "test_every_class_of_the_tree_is_here"
            ),
        ),
        figure="{round_trips} errors of {error_classes} classes, {came_back_changed} changed",
    ),
    Row(
        35,
        "a write goes out on a connection that the server is closing",
        "past the close 0 of 200 in doubt; idle connections go after 5 s",
        (
            *tests_in(
                "reliability/test_idle_connections",
                "test_past_the_close_no_write_is_in_doubt",
                "test_at_the_close_a_write_is_sent_once_and_what_is_in_doubt_says_so",
                "test_idle_connections_go_before_servers_drop_theirs",
                "test_a_connection_that_was_idle_for_too_long_is_not_written_on",
            ),
        ),
        figure=(
            "0 of {past_the_close} past the close; {in_doubt} of {at_the_close} within 2 ms of it, and they say so"
        ),
    ),
)
