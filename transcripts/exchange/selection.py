"""What is to be exported: everything, or the episodes of some runs and lessons. Writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import Checkpoint, Episode, Example, Run
from ..store import Store

__all__ = ["Entry", "Selection"]

Entry = Run | Episode | Example | Checkpoint
"""What a file of transcripts holds, one after the other."""


@dataclass(frozen=True)
class Selection:
    """The part of a store that is wanted; all of it where nothing is named."""

    store: Store
    runs: Sequence[str] = ()
    """Ids of runs, or their beginnings."""
    lessons: Sequence[str] = ()

    def episodes(self) -> Iterator[tuple[Run, Episode]]:
        """A stream of episodes with their runs: run by run, each in the order in which it was held.

        Raises:
            NotStored: no such run, or several whose ids begin so.
        """
        for run in self._runs():
            for episode in self._of(run):
                yield run, episode

    def entries(self) -> Iterator[Entry]:
        """A stream in an order in which everything comes after what it points at.

        Runs, each before its episodes; and, where all of the store is wanted, its training rows and
        checkpoints. While classrooms go on, this is what was there at the beginning.

        Raises:
            NotStored: no such run, or several whose ids begin so.
        """
        everything = not (self.runs or self.lessons)
        checkpoints = self.store.checkpoints() if everything else []
        examples = self.store.examples() if everything else iter(())
        first = next(examples, None)  # fixes where this stream ends before that of the episodes does
        for run in self._runs():
            yield run
            yield from self._of(run)
        if first is not None:
            yield first
            yield from examples
        yield from checkpoints

    def _runs(self) -> list[Run]:
        return [self.store.run(name) for name in dict.fromkeys(self.runs)] if self.runs else self.store.runs()

    def _of(self, run: Run) -> Iterator[Episode]:
        if len(self.lessons) == 1:
            yield from self.store.episodes(run=run.id, lesson=self.lessons[0])
            return
        for episode in self.store.episodes(run=run.id):
            if not self.lessons or episode.question.lesson in self.lessons:
                yield episode
