"""What stands in an agent's state for what was read: the key alone, wherever it is copied, stored or shown."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from langchain_threads.agent_runs import ThreadRun

RUN = ThreadRun("user-42", [HumanMessage("a secret")])


def by_pickle(run: ThreadRun) -> object:
    return pickle.loads(pickle.dumps(run))


def by_langgraph(run: ThreadRun) -> object:
    serializer = JsonPlusSerializer()
    return serializer.loads_typed(serializer.dumps_typed(run))


def by_json(run: ThreadRun) -> object:
    return json.loads(json.dumps(run))


@pytest.mark.parametrize("stored", [by_pickle, by_langgraph, by_json, copy.copy, copy.deepcopy])
def test_out_of_a_store_comes_the_key_alone(stored: object) -> None:
    assert callable(stored)
    found = stored(RUN)
    assert (found, type(found)) == ("user-42", str)


def test_it_prints_as_the_key() -> None:
    assert (str(RUN), repr(RUN), f"{RUN}") == ("user-42", "'user-42'", "user-42")
    assert type(RUN.key) is str


def test_only_where_a_summary_stands_what_went_is_brought_back() -> None:
    run = ThreadRun("user-42", [])
    question, answer = HumanMessage("question", id="1"), AIMessage("answer", id="2")
    run.note([question, answer])
    assert run.with_cut_out([answer]) == [answer]
    summary = HumanMessage("all so far", id="3", additional_kwargs={"lc_source": "summarization"})
    assert run.with_cut_out([summary, answer]) == [question, summary, answer]
