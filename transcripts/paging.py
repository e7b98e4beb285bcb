"""A store that is only looked at, and its episodes a page at a time. Nothing here writes."""

from pathlib import Path
from types import TracebackType

from .database import Database
from .reading import Reads

__all__ = ["Window"]


class Window(Reads):
    """An open database that can be read and no more; whoever is writing to it is neither stopped nor slowed.

    with Window.open("run.db") as window:
        window.runs()
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: str | Path) -> "Window":
        """Open a database that is there.

        Args:
            where: A file, or a SQLAlchemy URL such as ``postgresql+psycopg://USER@HOST/NAME``.

        Raises:
            StoreError: there is none, it cannot be read, or is no database of schoolroom's.
            StoreVersionError: another version of schoolroom wrote it.
        """
        database = Database.at(where, durability="normal", must_exist=True)
        try:
            database.check(must_exist=True)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def where(self) -> str:
        """The file, or the address without its password."""
        return self._database.where

    def close(self) -> None:
        """Close all connections. A second time does nothing."""
        self._database.close()

    def __enter__(self) -> "Window":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
