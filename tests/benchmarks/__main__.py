"""Run the benchmarks of the page of performance, each in a process of its own, and write the page.

Given names it runs those, and the others keep their figures. What a benchmark found is recorded when it ends, so a run
that is broken off keeps what it has. A benchmark that fails keeps its old figures, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .page import FIGURES, SUBJECTS, recorded, write_page
from .ratios import Ratio, table

__all__ = ["gather", "machine", "main"]

_ROOT = Path(__file__).parents[2]
_NAMES = tuple(subject.module for subject in SUBJECTS if subject.module)
_VERSIONS = ("httpx", "langchain-core", "llama-index-core", "pydantic", "sqlalchemy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a benchmark failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_NAMES)}; all unless given")
    parser.add_argument("--quick", action="store_true", help="small sizes: prints, and writes nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(_NAMES):
        parser.error(f"no benchmark of the page: {', '.join(sorted(unknown))}")
    try:
        failed = gather(options.names or _NAMES, None if options.quick else FIGURES)
    finally:
        if not options.quick:
            write_page()
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def gather(names: Iterable[str], figures: Path | None, package: str = "tests.benchmarks") -> list[str]:
    """The names of those that failed; what the others found is printed, and recorded in a file.

    Args:
        figures: the file, with the runs that it holds of other names; None for a quick look, which records nothing.
        package: whose modules they are.
    """
    failed = []
    for name in names:
        print(f"\n{name}", flush=True)
        load = round(os.getloadavg()[0], 1)
        command = [sys.executable, "-m", f"{package}.{name}", "--json", *([] if figures else ["--quick"])]
        done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode:
            failed.append(name)
            continue
        found = [json.loads(line) for line in done.stdout.splitlines()]
        print("\n".join(table(Ratio(**line) for line in found)), flush=True)
        if figures:
            runs = recorded(figures) | {name: _about() | {"load": load, "ratios": found}}
            figures.write_text(json.dumps(runs, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return failed


def _about() -> dict[str, Any]:
    return {
        "when": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "versions": {"Python": platform.python_version()} | {name: version(name) for name in _VERSIONS},
    }


def machine() -> dict[str, Any]:
    """What was measured on; nothing that names the machine itself."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
