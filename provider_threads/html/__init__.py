"""A thread as a page to read: one HTML file that needs nothing else, and a fragment for notebooks.

Whatever comes from a thread is hostile until it is escaped: no page runs or loads anything, and its links lead to
``http`` and ``https`` addresses only.
"""

from __future__ import annotations

try:
    import jinja2 as _jinja2  # noqa: F401 - these four, to say what to install, before anything else fails
    import markdown_it as _markdown_it  # noqa: F401
    import nh3 as _nh3  # noqa: F401
    import pygments as _pygments  # noqa: F401
except ImportError as _error:
    raise ImportError("pages need Jinja, markdown-it-py, nh3 and Pygments: pip install 'provider-threads[html]'") from (
        None if _error.name in ("jinja2", "markdown_it", "nh3", "pygments") else _error
    )

from provider_threads.html.page import thread_fragment, thread_page

__all__ = ["thread_fragment", "thread_page"]
