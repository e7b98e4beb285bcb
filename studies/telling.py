"""Passes on how far a task has come, to whoever shows it."""

from collections.abc import Callable

from ..environments.observers import Observer
from ..transcripts.records import Episode, Run

__all__ = ["Tell", "Telling"]

Tell = Callable[[str, int, int], None]
"""Told how far a task has come: what it does, how much is done, of how much."""


class Telling(Observer):
    """Passes on how many episodes have ended."""

    def __init__(self, name: str, tell: Tell) -> None:
        self.name, self.tell = name, tell
        self.done = self.total = 0

    def run_began(self, run: Run, episodes: int) -> None:
        """Remember how many there will be."""
        self.total = episodes

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        """Count it."""
        self.done += 1
        self.tell(self.name, self.done, self.total)
