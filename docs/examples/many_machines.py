"""Index many threads on many machines: Dask hands them out, Redis keeps the account's limits, PostgreSQL the rest.

Ids of threads come on standard input; addresses and the account from the environment. With an account: the variables of
MiniMax, and no MINIMAX_BASE_URL. Started again, it fetches and embeds what is new.
"""

import os
import sys
from functools import cache

from dask.distributed import Client, as_completed
from langchain_core.embeddings import DeterministicFakeEmbedding
from sqlalchemy import JSON, Column, MetaData, Table, Text, create_engine, select
from sqlalchemy.dialects.postgresql import insert

from langchain_threads import ThreadLoader
from provider_threads import Limits, MiniMax, ThreadClient

DATABASE = os.environ["THREADS_DATABASE"]  # postgresql+psycopg://user@host/database
BATCH = 20  # threads of one task: what a killed worker has to do over again
RATE = float(os.environ.get("MINIMAX_PER_SECOND", "10"))

# Your vector store goes here: whichever replaces what has the same id.
columns = Column("id", Text, primary_key=True), Column("source", Text, index=True), Column("text", Text)
vectors = Table("vectors", MetaData(), *columns, Column("vector", JSON))


@cache
def database():
    return create_engine(DATABASE)


@cache
def account():
    """One client for each process; all wait in one queue, which is in Redis."""
    provider = MiniMax(base_url=os.environ.get("MINIMAX_BASE_URL", "https://api.minimax.chat"))
    return ThreadClient(provider, limits=Limits(RATE, redis=os.environ["THREADS_REDIS"]), timeout=300)


def index_threads(thread_ids):
    """What a worker does, and may do twice: a turn has one id, and its row is replaced where its text has changed."""
    model = DeterministicFakeEmbedding(size=64)  # your embedding model goes here
    embedded = 0
    for thread_id in thread_ids:
        turns = ThreadLoader(thread_id, client=account(), overlay=DATABASE, markers=False).load()
        with database().begin() as rows:
            held = rows.execute(select(vectors.c.id, vectors.c.text).where(vectors.c.source == thread_id))
            known = dict(held.tuples().all())
        new = [turn for turn in turns if known.get(turn.id) != turn.page_content]
        made = model.embed_documents([turn.page_content for turn in new])
        with database().begin() as rows:
            for turn, vector in zip(new, made, strict=True):
                row = {"source": thread_id, "text": turn.page_content, "vector": vector}
                stored = insert(vectors).values(id=turn.id, **row)
                rows.execute(stored.on_conflict_do_update(index_elements=["id"], set_=row))
        embedded += len(new)
    return embedded


def main():
    thread_ids = sys.stdin.read().split()
    vectors.metadata.create_all(database())
    batches = [thread_ids[at : at + BATCH] for at in range(0, len(thread_ids), BATCH)]
    # The address of your machines' scheduler; without one, two workers here.
    machines = os.environ.get("DASK_SCHEDULER")
    with Client(machines, n_workers=2, threads_per_worker=2, dashboard_address=None) as dask:
        dask.upload_file(__file__)  # also to workers that join later
        tasks = dask.map(index_threads, batches, pure=False, retries=3)
        embedded = sum(count for _, count in as_completed(tasks, with_results=True))
    print(f"{len(thread_ids)} threads, {embedded} turns embedded")


if __name__ == "__main__":
    import many_machines  # this file, by the name under which the workers have it

    many_machines.main()
