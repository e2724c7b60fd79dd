"""One conversation in a platform's own words, prepared once, from which pages are cut as bytes.

Cursors, order and limit mean what the platform's protocol makes of them. Nothing else is looked at: no credential, no
signature, no other call.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from provider_threads.emulator import appbuilder, hunyuan, minimax
from provider_threads.emulator.appbuilder_messages import served_message as appbuilder_message
from provider_threads.emulator.appbuilder_types import AppBuilderError, not_found
from provider_threads.emulator.hunyuan_messages import served_message as hunyuan_message
from provider_threads.emulator.hunyuan_types import HunyuanError, checked_parameters
from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.minimax import MiniMaxError
from provider_threads.emulator.minimax_messages import served_message as minimax_message
from provider_threads.emulator.pages import Window
from provider_threads.emulator.records import StoredMessage
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import MalformedBodyError, read_object

LIST_PATHS: Mapping[Provider, str] = {
    "hunyuan": "/",
    "minimax": "/v1/threads/messages/list",
    "appbuilder": "/v2/threads/messages/list",
}


def thread_id_of(number: int) -> str:
    """The id of the thread of this number, counted from 0."""
    return f"thread_canned0000{number:016}"


def prepared(provider: Provider, messages: Iterable[StoredMessage], switches: Switches) -> list[tuple[str, str]]:
    """Each message's id and its JSON text, on one line and in ASCII, as a list shows it."""
    served: Mapping[Provider, Callable[[StoredMessage], dict[str, Any]]] = {
        "hunyuan": lambda message: hunyuan_message(message, switches),
        "minimax": lambda message: minimax_message(message, switches),
        "appbuilder": lambda message: appbuilder_message(message, switches, "list"),
    }
    return [(message.id, json.dumps(served[provider](message))) for message in messages]


class CannedPages:
    """What a platform answers to list requests, where so many threads hold the same messages.

    Args:
        messages: what `prepared` made of the messages of the thread number 0, oldest first.
    """

    def __init__(
        self, provider: Provider, switches: Switches, threads: int, messages: Iterable[tuple[str, str]]
    ) -> None:
        self._switches = switches
        self._threads = {thread_id_of(number): thread_id_of(number).encode() for number in range(threads)}
        self._positions: dict[str, list[int]] = {}
        self._ids: list[bytes] = []
        self._messages: list[bytes] = []
        for position, (message_id, text) in enumerate(messages):
            self._positions.setdefault(message_id, []).append(position)
            self._ids.append(json.dumps(message_id).encode())
            self._messages.append(text.encode())
        self._path = LIST_PATHS[provider]
        self._list = {"hunyuan": self._hunyuan, "minimax": self._minimax, "appbuilder": self._appbuilder}[provider]

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        """HTTP status and body for one request; `target` is its path with the query."""
        path, _, query = target.partition("?")
        if path != self._path:
            return 404, b'{"error": "only lists of messages are canned"}'
        try:
            return 200, self._list({**dict(parse_qsl(query)), **read_object(body)})
        except MalformedBodyError as error:
            return 400, json.dumps({"error": str(error)}).encode()
        except HunyuanError as error:
            return _sent(hunyuan.refused(error.code, error.message))
        except MiniMaxError as error:
            return _sent(minimax.refused(error.status_code, error.message))
        except AppBuilderError as error:
            return _sent(appbuilder.error_response(error, "canned", self._switches))

    def _hunyuan(self, received: Mapping[str, Any]) -> bytes:
        asked = checked_parameters(received, hunyuan.ACTIONS["GetThreadMessageList"].parameters)
        window = hunyuan.window_of(asked, self._switches)
        unknown = HunyuanError(self._switches.hunyuan_unknown_thread, "The thread does not exist.")
        data, first, last, more = self._page(asked["ThreadID"], window, unknown)
        return (
            b'{"Response": {"Data": [%s], "FirstMsgID": %s, "LastMsgID": %s, "HasMore": %s, "Object": "list", '
            b'"RequestId": "canned"}}' % (data, first, last, more)
        )

    def _minimax(self, received: Mapping[str, Any]) -> bytes:
        window = minimax.window_of(received, self._switches, self._places)
        unknown = MiniMaxError(self._switches.minimax_unknown_thread, "thread not found")
        data, first, last, _ = self._page(received.get("thread_id"), window, unknown)
        return (
            b'{"object": "list", "data": [%s], "first_id": %s, "last_id": %s, '
            b'"base_resp": {"status_code": 0, "status_msg": "success"}}' % (data, first, last)
        )

    def _appbuilder(self, received: Mapping[str, Any]) -> bytes:
        window = appbuilder.window_of(received, self._switches, self._places)
        unknown = not_found("thread_id", "no such thread")
        data, first, last, more = self._page(received.get("thread_id"), window, unknown)
        flag = b', "has_more": %s' % more if self._switches.appbuilder_has_more == "present" else b""
        return b'{"object": "list", "data": [%s], "first_id": %s, "last_id": %s%s}' % (data, first, last, flag)

    def _places(self, message_id: str) -> Sequence[int]:
        return self._positions.get(message_id, ())

    def _page(self, thread_id: object, window: Window | None, unknown: Exception) -> tuple[bytes, bytes, bytes, bytes]:
        """The messages of a page, its first and its last id and whether there is more, all as JSON.

        Raises:
            Exception: `unknown`, where there is no such thread.
        """
        if not isinstance(thread_id, str) or thread_id not in self._threads:
            raise unknown
        if window is None:
            return b"", b'""', b'""', b"false"
        end = len(self._messages) if window.upper is None else min(window.upper + 1, len(self._messages))
        inside = range(max(window.lower or 0, 0), end)
        if window.order == "desc":
            inside = inside[::-1]
        length = len(inside) if window.limit is None else window.limit
        places = inside[-length:] if window.from_end else inside[:length]
        data = b", ".join([self._messages[place] for place in places])
        if thread_id != thread_id_of(0):
            data = data.replace(self._threads[thread_id_of(0)], self._threads[thread_id])
        first, last = (self._ids[places[0]], self._ids[places[-1]]) if places else (b'""', b'""')
        return data, first, last, b"true" if len(places) < len(inside) else b"false"


def _sent(refused: Response) -> tuple[int, bytes]:
    return refused.status_code, bytes(refused.body)
