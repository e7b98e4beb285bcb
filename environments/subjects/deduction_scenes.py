"""What is put in order in a deduction, and the words for it: rows, ages, prices, heights and races.

Positions are counted from 0 at the front: the leftmost, the oldest, the cheapest, the shortest, the winner.
"""

from dataclasses import dataclass

__all__ = ["ORDINALS", "SCENES", "Scene", "Setting"]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Setting:
    """A place with things of one kind, in words of our own."""

    opening: str
    """``{count}`` stands for how many there are, as a word; their list follows a colon."""
    kind: str
    """What each of them is."""
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A way in which things can be ordered."""

    before: tuple[str, ...]
    """What is said of a thing and one behind it; the first is the usual way."""
    after: tuple[str, ...]
    front: tuple[str, str]
    """The place at the front, and any other as it is counted from there, ``{}`` being the ordinal."""
    back: tuple[str, str]
    """The same from the other end."""
    verb: str
    settings: tuple[Setting, ...]
    article: str = "the "
    """Before the names of things; a list of them takes "a" and "an" where they are one each."""
    place_article: str = "the "
    """Before the name of a place."""
    sign_is_clear: bool = True
    """Whether everybody means the same by ``<``: is the older one less, or more?"""

    @property
    def rank_is_clear(self) -> bool:
        """Whether everybody counts from the same end where no end is named."""
        return self.front[0] in ("leftmost", "first")

    def place(self, position: int, count: int, *, from_back: bool = False) -> str:
        """``second from the left``: the place with this position among `count`."""
        first, other = self.back if from_back else self.front
        number = count - 1 - position if from_back else position
        return first if number == 0 else other.format(ORDINALS[number])

    def nearest(self, position: int, count: int, *, from_back: bool) -> str:
        """The same, but an end is called by its own name: no "third-oldest" of three."""
        return self.place(position, count, from_back=position == count - 1 or (from_back and position > 0))

    def position(self, place: str, count: int) -> int | None:
        """The position that the words of a place name."""
        place = " ".join(place.lower().replace("-", " ").split())
        for position in range(count):
            for from_back in (False, True):
                if place == self.place(position, count, from_back=from_back).replace("-", " "):
                    return position
        return None


SCENES = (
    Scene(
        before=("to the left of", "left of", "before"),
        after=("to the right of", "right of", "after"),
        front=("leftmost", "{} from the left"),
        back=("rightmost", "{} from the right"),
        verb="is",
        settings=(
            Setting(
                "On a windowsill, there are {count} pots",
                "pot",
                ("clay pot", "brass pot", "glass pot", "stone pot", "tin pot", "iron pot", "oak pot",
                 "jade pot"),
            ),
            Setting(
                "Along a garden wall, there are {count} trees",
                "tree",
                ("birch", "elm", "fig", "larch", "maple", "walnut", "yew", "cedar"),
            ),
            Setting(
                "In a display case, there are {count} instruments",
                "instrument",
                ("flute", "violin", "harp", "drum", "cello", "oboe", "banjo", "horn"),
            ),
        ),
    ),
    Scene(
        before=("older than",),
        after=("newer than", "younger than"),
        front=("oldest", "{}-oldest"),
        back=("newest", "{}-newest"),
        verb="is",
        sign_is_clear=False,
        settings=(
            Setting(
                "In a small town, there are {count} buildings",
                "building",
                ("chapel", "mill", "library", "school", "theatre", "town hall", "station", "museum"),
            ),
        ),
    ),
    Scene(
        before=("less expensive than", "cheaper than"),
        after=("more expensive than", "dearer than", "pricier than"),
        front=("cheapest", "{}-cheapest"),
        back=("most expensive", "{}-most expensive"),
        verb="are",
        settings=(
            Setting(
                "A market stall sells {count} kinds of vegetables",
                "vegetable",
                ("beans", "carrots", "leeks", "onions", "radishes", "turnips", "beets", "parsnips"),
            ),
        ),
    ),
    Scene(
        before=("shorter than",),
        after=("taller than",),
        front=("shortest", "{}-shortest"),
        back=("tallest", "{}-tallest"),
        verb="is",
        settings=(
            Setting(
                "In a harbour, there are {count} masts",
                "mast",
                ("red mast", "white mast", "green mast", "blue mast", "gray mast", "black mast", "teal mast",
                 "pink mast"),
            ),
        ),
    ),
    Scene(
        before=("above", "ahead of", "before"),
        after=("below", "behind", "after"),
        front=("first", "{}"),
        back=("last", "{}-to-last"),
        verb="finished",
        sign_is_clear=False,
        settings=(
            Setting(
                "In a rowing regatta, there were {count} rowers",
                "rower",
                ("Ben", "Cleo", "Finn", "Greta", "Hugo", "Iris", "Lars", "Nina"),
            ),
        ),
        article="",
        place_article="",
    ),
)  # fmt: skip
"""All scenes; in the words of their clues, none is like another."""
