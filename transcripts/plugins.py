"""What installed packages plug in: entry points of one group, beside what ships. Knows no kind itself.

Each room keeps a `Registry` for each kind of thing that can be named in it. What ships cannot be replaced: a
stored run names its script, its recipe and its subject, and must mean the same ever after. So a plug-in of a
name that ships is never found, and a name that two packages bring is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, cast

from .errors import ProtocolError, UnknownName

__all__ = ["Plugin", "Registry", "plugged_in"]

T = TypeVar("T")


@dataclass(frozen=True)
class Plugin:
    """One entry point of an installed package."""

    kind: str
    """What it is said to be: ``script``, ``recipe``, …"""
    point: EntryPoint

    @property
    def name(self) -> str:
        """The name under which it is found."""
        return self.point.name

    @property
    def package(self) -> str:
        """The distribution that brings it, as pip calls it."""
        return self.point.dist.name if self.point.dist else self.point.module

    @property
    def version(self) -> str:
        """Of the distribution; empty where it is not known."""
        return self.point.dist.version if self.point.dist else ""

    @property
    def origin(self) -> str:
        """Package and version, for people."""
        return f"{self.package} {self.version}".rstrip()

    def load(self) -> Any:
        """What the entry point names.

        Raises:
            ProtocolError: it cannot be imported; the message names the package and the cause.
        """
        try:
            return self.point.load()
        except Exception as error:  # whatever somebody else's package does on import
            raise ProtocolError(
                f"entry point '{self.name}' of group '{self.point.group}' cannot be loaded: "
                f"'{self.point.value}' gives {type(error).__name__}: {error}; mend or uninstall the package "
                f"that brings it, {self.origin}."
            ) from error


class Registry(Generic[T]):
    """All that can be named of one kind.

    Args:
        kind: What it is called in messages: ``script``.
        group: Of entry points: ``schoolroom.scripts``.
        builtin: Gives what ships, by name.
        fits: Whether what a package brings can be such a thing at all; where None, it must be callable.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        builtin: Callable[[], Mapping[str, T]] = dict,
        *,
        fits: Callable[[object], bool] = callable,
    ) -> None:
        self.kind, self.group = kind, group
        self._builtin, self._fits = builtin, fits

    def builtin(self) -> list[str]:
        """The names of what ships."""
        return sorted(self._builtin())

    def plugins(self) -> list[Plugin]:
        """What installed packages bring, by name and package; nothing of it is imported."""
        found = [Plugin(self.kind, point) for point in entry_points(group=self.group)]
        return sorted(found, key=lambda plugin: (plugin.name, plugin.package))

    def names(self) -> list[str]:
        """All that can be found."""
        return sorted({*self._builtin(), *(plugin.name for plugin in self.plugins())})

    def find(self, name: str) -> T:
        """What is registered under `name`; a package is imported only where its own plug-in is asked for.

        Raises:
            UnknownName: nothing is.
            ProtocolError: the package that brings it cannot be loaded, or another brings the same name.
        """
        if name in (builtin := self._builtin()):
            return builtin[name]
        found = [plugin for plugin in self.plugins() if plugin.name == name]
        if not found:
            raise UnknownName(self.kind, name, self.names())
        if len(found) > 1:
            brought = " and ".join(plugin.origin for plugin in found)
            raise ProtocolError(
                f"the {self.kind} '{name}' is brought by {brought}; uninstall all of them but one."
            )
        return self._loaded(found[0])

    def problems(self, plugin: Plugin) -> Iterator[str]:
        """Why a plug-in of this registry cannot be found under its name, a sentence each."""
        if plugin.name in self._builtin():
            yield f"a {self.kind} '{plugin.name}' ships and cannot be replaced; give yours another name."
            return
        try:
            self.find(plugin.name)
        except ProtocolError as error:
            yield str(error)

    def _loaded(self, plugin: Plugin) -> T:
        loaded = plugin.load()
        if not self._fits(loaded):
            raise ProtocolError(
                f"entry point '{plugin.name}' of group '{self.group}' gives {loaded!r:.60}, which is no "
                f"{self.kind}; mend or uninstall the package that brings it, {plugin.origin}."
            )
        return cast(T, loaded)


def plugged_in() -> dict[str, str]:
    """The versions of all installed packages that plug something in, by package; nothing is imported."""
    points = entry_points()
    groups = [group for group in points.groups if group.startswith("schoolroom.")]
    plugins = [Plugin(group, point) for group in groups for point in points.select(group=group)]
    return {plugin.package: plugin.version for plugin in plugins}
