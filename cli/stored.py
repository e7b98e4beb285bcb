"""What is stored under an id that is typed: a run or an episode."""

from ..transcripts.errors import NotStored
from ..transcripts.records import Episode, Run
from ..transcripts.store import Store
from .settings import default_database

__all__ = ["opened", "run_or_episode"]


def opened(db: str | None) -> Store:
    """The database that is named, or the usual one; it must be there."""
    return Store.open(db or default_database(), must_exist=True)


def run_or_episode(store: Store, id_or_prefix: str) -> Run | Episode:
    """The one run whose id begins so; else the one episode.

    Raises:
        NotStored: neither is there, or there are several.
    """
    try:
        return store.run(id_or_prefix)
    except NotStored as no_run:
        try:
            return store.episode(id_or_prefix)
        except NotStored as no_episode:
            raise NotStored(f"{no_run} And {no_episode}") from None
