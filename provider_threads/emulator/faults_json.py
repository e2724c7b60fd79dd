"""JSON bodies made wrong: broken text, things that readers differ about, values of another type.

None of them can be taken for a right answer with another meaning: no message is dropped, none says something else.
A reader either sees the flaw or reads what was meant.
"""

import json
import random
import re
from collections.abc import Callable
from typing import Any

_NUMBER = re.compile(rb"(?<=: )\d+(?=[,}])")
_TYPED = frozenset({"id", "role", "content", "created_at", "data", "text", "value"})
"""Fields, by their names in lower case, whose value is given another type."""


def mutated(body: bytes, chance: random.Random) -> bytes:
    """The body with one flaw, chosen at random."""
    return chance.choice(_MUTATIONS)(body, chance)


def _broken_utf8(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body) + 1)
    return body[:place] + b"\xff" + body[place:]


def _comma_too_many(body: bytes, _chance: random.Random) -> bytes:
    return body.replace(b", ", b",, ", 1) if b", " in body else body + b","


def _more_behind(body: bytes, _chance: random.Random) -> bytes:
    return body + b"}{"


def _mark_in_front(body: bytes, _chance: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + body


def _in_a_list(body: bytes, _chance: random.Random) -> bytes:
    return b"[" + body + b"]"


def _not_a_number(body: bytes, _chance: random.Random) -> bytes:
    return _NUMBER.sub(b"NaN", body, count=1)


def _long_number(body: bytes, _chance: random.Random) -> bytes:
    return _NUMBER.sub(b"9" * 5_000, body, count=1)


def _deep(body: bytes, _chance: random.Random) -> bytes:
    return _with_more(body, b'"deep": ' + b"[" * 100_000 + b"]" * 100_000)


def _half_a_character(body: bytes, _chance: random.Random) -> bytes:
    return _with_more(body, b'"note": "\\ud800"')


def _same_key_twice(body: bytes, _chance: random.Random) -> bytes:
    name = re.match(rb'\{("\w+"): ', body)
    return b"{" + name[1] + b": null, " + body[1:] if name else body


def _with_more(body: bytes, member: bytes) -> bytes:
    return body[:-1] + b", " + member + b"}"


def _another_type(body: bytes, chance: random.Random) -> bytes:
    try:
        payload = json.loads(body)
    except ValueError:  # a stream of events
        return _broken_utf8(body, chance)
    places = list(_places(payload))
    if not places:
        return _in_a_list(body, chance)
    holder, name = chance.choice(places)
    holder[name] = chance.choice([7, True, {"of": "another type"}, [[]]])
    return json.dumps(payload, ensure_ascii=False).encode()


def _places(value: Any) -> "list[tuple[dict[str, Any], str]]":
    """Every field whose type is documented, wherever it stands."""
    if isinstance(value, list):
        return [place for item in value for place in _places(item)]
    if not isinstance(value, dict):
        return []
    here = [(value, name) for name in value if name.lower() in _TYPED]
    return here + [place for item in value.values() for place in _places(item)]


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _broken_utf8,
    _comma_too_many,
    _more_behind,
    _mark_in_front,
    _in_a_list,
    _not_a_number,
    _long_number,
    _deep,
    _half_a_character,
    _same_key_twice,
    _another_type,
    _another_type,
    _another_type,
)
