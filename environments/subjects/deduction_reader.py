"""Reads deductions: the things, the clues, and the place that is asked for; and puts them into words."""

import re
from functools import lru_cache

from ...transcripts.errors import QuestionError
from .choices import split_options
from .deduction_scenes import ORDINALS, SCENES, Scene
from .deductions import At, Before, Clue, Puzzle, only_order

__all__ = ["Names", "clue_in", "clue_sentence", "names_of", "place_pattern", "read_puzzle"]

MAX_LENGTH = 4000
"""Longer questions are refused."""
MAX_THINGS = len(ORDINALS)


class Names:
    """Finds the things of a puzzle in a text, by their names or, where it is clear, by a part of these."""

    def __init__(self, names: tuple[str, ...]) -> None:
        words: dict[str, int] = {}
        for thing, name in enumerate(names):
            words[name.lower()] = thing
            if name.endswith("s"):
                words.setdefault(name.lower().removesuffix("s"), thing)
        heads = {name.lower().split()[-1] for name in names}
        if len(heads) == 1 and all(" " in name for name in names):  # "the red one" of three books
            words |= {name.lower().rpartition(" ")[0]: thing for thing, name in enumerate(names)}
        self._things = words
        longest_first = sorted(words, key=len, reverse=True)
        self._pattern = re.compile(
            rf"(?:\bthe )?\b(?:{'|'.join(map(re.escape, longest_first))})(?: one)?(?:es|s)?\b", re.IGNORECASE
        )

    def marked(self, text: str) -> tuple[str, list[tuple[int, int]]]:
        """The text with «n» for each thing by its index; where each mark begins, and where its words end."""
        parts: list[str] = []
        spans: list[tuple[int, int]] = []
        end = place = 0
        for found in self._pattern.finditer(text):
            mark = f"«{self.thing(found[0])}»"
            parts += [text[end : found.start()], mark]
            place += found.start() - end
            spans.append((place, found.end()))
            place += len(mark)
            end = found.end()
        return "".join([*parts, text[end:]]), spans

    def thing(self, words: str) -> int | None:
        """The index of the thing with this name."""
        words = words.strip().lower().removeprefix("the ").removesuffix(" one")
        for ending in ("", "s", "es"):
            if words.endswith(ending) and words.removesuffix(ending) in self._things:
                return self._things[words.removesuffix(ending)]
        return None


@lru_cache(maxsize=256)
def names_of(names: tuple[str, ...]) -> Names:
    """Finds these things; kept for a while, since every step of a solution is searched for them."""
    return Names(names)


@lru_cache(maxsize=256)
def read_puzzle(text: str) -> Puzzle:
    """What a question says.

    Raises:
        QuestionError: it cannot be read, or its clues leave more than one order or none.
    """
    stem, options = split_options(text[: MAX_LENGTH + 1])
    opening = _OPENING.search(stem)
    if len(text) > MAX_LENGTH or not opening:
        raise _unreadable(text)
    names = tuple(_bare(name) for name in re.split(r",? and |, ", opening["things"]))
    *sentences, last = [s.strip() for s in re.split(r"(?<=[.?])\s+", stem[opening.end() :].strip())]
    if last.endswith("."):
        sentences, last = [*sentences, last], ""
    finder, count = names_of(names), len(names)
    scene = next((s for s in SCENES for told in sentences if _clue(s, finder, count, told)), None)
    if scene is None or not 2 <= count <= MAX_THINGS or len(set(names)) < count:
        raise _unreadable(text, "; no sentence is a clue that it knows")
    clues: list[Clue] = []
    for sentence in sentences:
        if (clue := _clue(scene, finder, count, sentence)) is None:
            raise _unreadable(text, f"; '{sentence[:60]}' is no clue that it knows")
        clues.append(clue)
    order = only_order(count, tuple(clues))
    if order is None:
        raise QuestionError(
            f"the clues of '{text[:80]}' do not leave exactly one order; add to them or mend them."
        )
    asked = _asked(scene, count, last)
    said = [_option(scene, finder, count, option, asked) for option in options.values()]
    claims = tuple((letter, claim) for letter, claim in zip(options, said, strict=True) if claim is not None)
    if len(claims) < len(options) or (asked is None and not claims):
        raise _unreadable(text, "; what is asked is not clear")
    return Puzzle(
        scene, names, tuple(clues), order, asked if asked is not None else claims[0][1].position, claims
    )


def _unreadable(text: str, why: str = "") -> QuestionError:
    return QuestionError(
        f"'{text[:80]}' is no question of logical_deduction that can be read{why}: name the things behind a "
        "colon, then give clues, as in 'There are two birds: an owl and a jay. The owl is the leftmost. …'"
    )


_OPENING = re.compile(r"(?:^|(?<=[.!?] ))[^.:?]*:\s+(?P<things>[^.:?]+)\.\s*")
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


def _bare(name: str) -> str:
    return _ARTICLE.sub("", name.strip())


def _asked(scene: Scene, count: int, sentence: str) -> int | None:
    found = re.search(rf"\b({place_pattern(scene)})\?$", sentence, re.IGNORECASE)
    return scene.position(found[1], count) if found else None


def _option(scene: Scene, names: Names, count: int, option: str, asked: int | None) -> At | None:
    """What an option says: a place of a thing, or a thing alone where a place is asked for."""
    clue = _clue(scene, names, count, option.rstrip(".") + ".")
    if isinstance(clue, At):
        return clue
    thing = names.thing(_bare(option))
    return None if thing is None or asked is None else At(thing, asked)


@lru_cache(maxsize=64)
def place_pattern(scene: Scene) -> str:
    """A pattern of all places of a scene, the longer before the shorter."""
    count = MAX_THINGS
    places = [scene.place(p, count, from_back=back) for p in range(count) for back in (False, True)]
    return "|".join(
        re.escape(place).replace(r"\\-", "[- ]").replace(r"\-", "[- ]")
        for place in sorted(places, key=len, reverse=True)
    )


def _clue(scene: Scene, names: Names, count: int, sentence: str) -> Clue | None:
    return clue_in(scene, names.marked(sentence)[0], count)


def clue_in(scene: Scene, marked: str, count: int) -> Clue | None:
    """The clue that a sentence is, in which «n» stand for things."""
    if found := _relation(scene).fullmatch(marked):
        first, second = int(found["first"]), int(found["second"])
        if first == second:
            return None
        return Before(first, second) if found["before"] else Before(second, first)
    if found := _place(scene).fullmatch(marked):
        position = scene.position(found["place"], count)
        return None if position is None else At(int(found["thing"]), position)
    return None


@lru_cache(maxsize=64)
def _relation(scene: Scene) -> re.Pattern[str]:
    before, after = ("|".join(map(re.escape, words)) for words in (scene.before, scene.after))
    return re.compile(
        rf"«(?P<first>\d+)» (?:{_verbs(scene)}) (?:(?P<before>{before})|(?:{after})) «(?P<second>\d+)»\.",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def _place(scene: Scene) -> re.Pattern[str]:
    return re.compile(
        rf"«(?P<thing>\d+)» (?:{_verbs(scene)}) (?:the )?(?P<place>{place_pattern(scene)})\.", re.IGNORECASE
    )


def _verbs(scene: Scene) -> str:
    return "finished" if scene.verb == "finished" else "is|are"


def clue_sentence(scene: Scene, names: tuple[str, ...], clue: Clue, *, turned: bool) -> str:
    """A clue in words; where it is `turned`, from the other end, or of the other thing."""
    if isinstance(clue, At):
        thing, place = names[clue.thing], scene.nearest(clue.position, len(names), from_back=turned)
        words = f"{scene.article}{thing} {scene.verb} {scene.place_article}{place}."
    else:
        first, second = (clue.second, clue.first) if turned else (clue.first, clue.second)
        relation = (scene.after if turned else scene.before)[0]
        words = f"{scene.article}{names[first]} {scene.verb} {relation} {scene.article}{names[second]}."
    return words[0].upper() + words[1:]
