"""Whether an error keeps a text to itself, wherever a reporter of errors may look."""

from __future__ import annotations

import pickle
import traceback


def shown(error: BaseException) -> str:
    """Everything that an error shows: text, attributes, pickle, and the tracebacks of its chain with locals.

    Locals of the tests' own frames are left out: they hold the texts that are looked for.
    """
    texts = [str(error), repr(error), repr(vars(error)), pickle.dumps(error).decode("latin-1")]
    for report in _chain(traceback.TracebackException.from_exception(error, capture_locals=True)):
        texts.append("".join(report.format_exception_only()))
        for frame in report.stack:
            own = "/tests/" in frame.filename.replace("\\", "/")
            texts += [frame.name, *([] if own else [f"{name}={value}" for name, value in (frame.locals or {}).items()])]
    return "\n".join(texts)


def _chain(report: traceback.TracebackException) -> list[traceback.TracebackException]:
    reports = [report]
    for linked in (report.__cause__, report.__context__):
        if linked is not None:
            reports += _chain(linked)
    return reports
