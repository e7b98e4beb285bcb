"""Where the classrooms of a run are held: in this process, or by Ray's workers, furnished by the settings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..transcripts.errors import PlanChanged
from ..transcripts.records import Run
from .settings import Settings

if TYPE_CHECKING:
    from ..agents.seats import Seat
    from ..environments.engine import Engine
    from ..transcripts.store import Store

__all__ = ["engine_of"]


@contextmanager
def engine_of(settings: Settings, planned: Run, store: "Store") -> "Iterator[Engine | None]":
    """The engine that the settings name; None for this process.

    Raises:
        ConfigError: Ray or its cluster cannot be used.
        SchoolroomError: a worker cannot open the store, or would seat others than here.
    """
    engine, classroom = settings.engine, settings.classroom
    if engine.name == "local":
        yield None
        return
    from ..environments.ray_engine import Furnishing, ray_cluster, ray_engine

    furnishing = Furnishing(
        database=settings.database,
        folder=str(Path.cwd()),
        script=classroom.script,
        settings=classroom.settings,
        seats=partial(_seats, settings, planned),
    )
    with (
        ray_cluster(engine.address, workers=engine.workers or 1),
        ray_engine(
            furnishing,
            store,
            concurrency=classroom.concurrency,
            workers=engine.workers,
            gpus=engine.gpus,
        ) as ray,
    ):
        yield ray


def _seats(settings: Settings, planned: Run, store: "Store", workers: int) -> "Mapping[str, Seat]":
    """In a worker: everybody is seated, as long as its files and models make the same plan.

    The requests that may be under way at once are shared out among the workers.
    """
    from ..environments.plans import differences
    from .plan import seats_of
    from .run import described_school

    course, here = described_school(settings)
    if here.planned.id != planned.id:
        change = next(differences(planned.plan, here.planned.plan), "its seed")
        raise PlanChanged(
            f"a worker would hold another run than the one that was begun: {change}. Its files, models and "
            "personas must be those of the machine where the command was given."
        )
    share = max(1, settings.llm.max_concurrency // workers)
    own = settings.llm.model_copy(update={"max_concurrency": share})
    return seats_of(settings.model_copy(update={"llm": own}), course, store)
