"""The page of performance is what was measured, and every benchmark that it names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.__main__ import gather, main
from tests.benchmarks.page import PAGE, SUBJECTS, page, ratios_of, reasons, recorded

FOLDER = Path(__file__).parent
NAMES = [subject.module for subject in SUBJECTS if subject.module]


@pytest.mark.parametrize("name", NAMES)
def test_every_named_benchmark_is_there_and_is_tried(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    assert "measure" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert ast.get_docstring(tree)
    tests = [path.read_text(encoding="utf-8") for path in FOLDER.glob("test_*.py") if path.name != "test_page.py"]
    assert any(f" {name}.measure(" in test for test in tests)


def test_the_page_is_what_was_measured_last() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(recorded(), reasons()), "python -m tests.benchmarks.page writes it"


def test_every_run_is_of_a_benchmark_of_the_page_and_names_no_machine() -> None:
    assert set(recorded()) <= set(NAMES)
    for run in recorded().values():
        assert ratios_of(run)
        assert set(run["machine"]) == {"processor", "cores", "memory_gib", "system"}
        assert "/" not in run["machine"]["system"]


def test_a_missed_bar_has_its_reason_and_no_reason_is_for_a_line_that_is_gone() -> None:
    lines = {name: ratios_of(run) for name, run in recorded().items()}
    missed = {(name, ratio.what) for name, ratios in lines.items() for ratio in ratios if ratio.met is False}
    measured = {(name, ratio.what) for name, ratios in lines.items() for ratio in ratios}
    told = {(name, what) for name, whats in reasons().items() for what in whats}
    assert missed - told == set()
    assert told - measured == set()


def line(what: str, samples: list[float]) -> dict[str, Any]:
    return {"what": what, "against": "a peer", "samples": samples, "bar": 1.5, "better": "low", "unit": ""}


def run_of(*lines: dict[str, Any]) -> dict[str, Any]:
    machine = {"processor": "a processor", "cores": 2, "memory_gib": 8, "system": "Linux 6.1"}
    return {"when": "2026-01-02", "machine": machine, "versions": {"Python": "3.11"}, "load": 0.5, "ratios": [*lines]}


def test_a_missed_bar_is_told_with_its_reason_beside_the_table() -> None:
    run = run_of(line("what is slow", [2.0, 3.0, 4.0]), line("what is quick", [1.0, 1.2, 1.4]))
    told = page({"imports": run}, {"imports": {"what is slow": "It does more.", "what is quick": "Never shown."}})
    assert "| what is slow | a peer | ≤ 1.50 | 2 | 3 | 4 | missed |" in told
    assert "| what is quick | a peer | ≤ 1.50 | 1 | 1.20 | 1.40 | met |" in told
    assert "\n\n* Missed: what is slow. It does more.\n\n" in told
    assert "Never shown" not in told
    assert "Measured 2026-01-02 on 2 cores of a processor, 8 GiB, Linux 6.1" in told


BENCHMARK = """
from tests.benchmarks.ratios import Ratio, command
def measure(quick):
    {body}
    return [Ratio("{what}, quick" if quick else "{what}", "a peer", [1.0], None)]
command(measure, None)
"""


@pytest.fixture
def benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes a benchmark of this test's own into the package ``little``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "little").mkdir()

    def written(name: str, what: str, body: str = "pass") -> None:
        (tmp_path / "little" / f"{name}.py").write_text(BENCHMARK.format(what=what, body=body), encoding="utf-8")

    return written


def measured(figures: Path) -> dict[str, list[str]]:
    return {name: [ratio.what for ratio in ratios_of(run)] for name, run in recorded(figures).items()}


def test_benchmarks_that_are_named_leave_the_others_their_figures(benchmark: Any, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    benchmark("first", "one")
    benchmark("second", "two")
    assert gather(["first", "second"], figures, "little") == []
    benchmark("first", "three")
    assert gather(["first"], figures, "little") == []
    assert measured(figures) == {"first": ["three"], "second": ["two"]}
    assert page({"imports": recorded(figures)["first"]}, {}).count("| three |") == 1


def test_a_benchmark_that_fails_is_named_and_keeps_its_figures(
    benchmark: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    benchmark("first", "one")
    gather(["first"], figures, "little")
    benchmark("first", "three", body="raise SystemExit('no server')")
    benchmark("second", "two")
    assert gather(["first", "second"], figures, "little") == ["first"]
    assert measured(figures) == {"first": ["one"], "second": ["two"]}
    assert "no server" in capfd.readouterr().err


def test_a_quick_look_prints_and_records_nothing(
    benchmark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark("first", "one")
    assert gather(["first"], None, "little") == []
    assert "| one, quick |" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"little"}


def test_a_name_that_is_none_of_the_pages_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["stores"])
    assert "no benchmark of the page: stores" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("database", "told"), [("PostgreSQL", r"(\d+) bytes of disk for a message"), ("SQLite", r"\((\d+) bytes each\)")]
)
def test_the_page_on_scaling_reckons_with_the_size_that_was_measured(database: str, told: str) -> None:
    (measured_size,) = (
        ratio.samples[0]
        for ratio in ratios_of(recorded()["overlay_size"])
        if ratio.what.startswith(f"{database}: bytes on disk") and ratio.unit == "bytes"
    )
    (size,) = re.findall(told, " ".join(PAGE.with_name("scaling.md").read_text(encoding="utf-8").split()))
    assert int(size) == pytest.approx(measured_size, rel=0.02)
