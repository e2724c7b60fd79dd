"""Overlays for tests that are not about their files: soon there, since hundreds of tests want one of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from provider_threads.overlay import Overlay


@pytest.fixture
def overlay(tmp_path: Path, made_overlay: Path) -> Iterator[Overlay]:
    """An overlay of this test alone, in a file; closed after the test."""
    from provider_threads.overlay import Overlay

    with Overlay(shutil.copy(made_overlay, tmp_path)) as opened:
        yield opened


@pytest.fixture(scope="session")
def made_overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of an overlay that holds nothing: a copy of it is there sooner than a new one."""
    from provider_threads.overlay import Overlay

    file = tmp_path_factory.mktemp("overlay") / "threads.db"
    with Overlay(file) as overlay:
        overlay.database.read(lambda connection: None)
    return file


@pytest.fixture(scope="session", autouse=True)
def unhurried_disk() -> Iterator[None]:
    """No test cuts the power, so no transaction waits for the disk; `overlay.test_schema` sees to it that users' do."""
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    def leave_it_to_the_system(connection: Any, record: Any, _: object) -> None:
        if "sqlite" in type(connection).__module__ and "unhurried" not in record.info:
            record.info["unhurried"] = True
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.close()

    event.listen(Pool, "checkout", leave_it_to_the_system)
    yield
    event.remove(Pool, "checkout", leave_it_to_the_system)


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """What SQLAlchemy compiles for one overlay in SQLite serves the next test's, as it serves an app's only one."""
    from sqlalchemy import Connection, Engine, create_engine, event

    from provider_threads.overlay.database import _LOGGED_AS as OURS

    kept = create_engine("sqlite://")
    with kept.connect():
        pass  # until now the dialect did not know SQLite's version

    def share(connection: Connection) -> None:
        engine = connection.engine
        if engine.logging_name == OURS and type(engine.dialect) is type(kept.dialect):
            engine.dialect = connection.dialect = kept.dialect
            engine._compiled_cache = kept._compiled_cache

    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)
    kept.dispose()
