"""Text that strangers wrote, so that a terminal shows it and does nothing else.

Messages, quotes, titles, file names, ids and what a platform says of an error may hold anything: sequences that move
the cursor, set the clipboard or rename the window, and characters that show a text in another order than it has.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["visible"]

_HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # every control but tab and line feed
    "\u2028\u2029"  # line breaks to some programs, nothing to others
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing
    "\ud800-\udfff]"  # halves of a pair: nothing can be written of them
)


def visible(text: str) -> str:
    """`text` with a visible sign or name in place of each character that a terminal would act upon.

    Tabs and line feeds stay; a carriage return with a line feed behind it is a line break as well.
    """
    return _HARMFUL.sub(_name, text.replace("\r\n", "\n"))


def _name(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of the control: ␛
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"<U+{code:04X}>"
