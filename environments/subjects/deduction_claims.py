"""What a step says of things in a row: it is read here and judged elsewhere (`deduction_judge`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .deduction_reader import names_of, place_pattern
from .deduction_scenes import ORDINALS, Scene
from .deductions import At, Before, Clue, Order, Puzzle

__all__ = ["Claim", "find_claims"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said to hold."""

    says: Clue | Order | str
    """A text is the answer that is given."""
    span: str
    """Its words, as they stand in the step."""
    denied: bool = False
    """Whether it is said not to hold."""
    signs: bool = False
    """Whether it is said by < or >, which others may use the other way round."""
    ranked: bool = False
    """Whether a place is said by its number alone, which others may count from the other end."""
    either_way: bool = False
    """Whether an order may begin at either end."""


def find_claims(puzzle: Puzzle, step: str) -> list[Claim]:
    """The claims of a step, in the order in which they stand."""
    names = names_of(puzzle.names)
    text, spans = names.marked(step)
    found: list[tuple[int, Claim]] = []
    for start, sentence in _sentences(text):
        place = _Place(step, spans, start)
        if answer := _ANSWER.search(sentence):
            said = answer["letter"] or (f"«{answer['thing']}»" if answer["thing"] else "")
            if said:
                found.append((start, Claim(_answer(puzzle, said), place.words(*answer.span("said")))))
        elif order := _order(puzzle, sentence):
            found.append((start, _whole_order(puzzle, order, place)))
        elif number := _NUMBERED.fullmatch(sentence.strip()):
            says = At(int(number["thing"]), int(number["number"]) - 1)
            lead = len(sentence) - len(sentence.lstrip())
            found.append((start, Claim(says, place.words(lead, lead + number.end()), ranked=True)))
        elif not _SUPPOSED.search(sentence):
            found += ((start + claim[0], claim[1]) for claim in _said(puzzle, sentence, place))
    return [claim for _, claim in sorted(found, key=lambda item: item[0])]


@dataclass(frozen=True, slots=True)
class _Place:
    """Leads from a sentence with marks back to the words of the step."""

    step: str
    spans: list[tuple[int, int]]
    start: int

    def words(self, start: int, end: int) -> str:
        return self.step[self._original(start) : self._original(end)].strip()

    def _original(self, place: int) -> int:
        place += self.start
        shift = 0
        for mark, end in self.spans:
            if place <= mark:
                break
            shift = end - (mark + _MARK)
        return place + shift


_MARK = 3
"""Characters of a mark: there are at most ten things."""


def _said(puzzle: Puzzle, sentence: str, place: _Place) -> Iterator[tuple[int, Claim]]:
    """Relations and places in a sentence."""
    for chain in _CHAIN.finditer(sentence):
        things = [int(thing) for thing in re.findall(r"\d+", chain[0])]
        for first, second, sign in zip(things, things[1:], re.findall(r"[<>]", chain[0]), strict=False):
            says = Before(first, second) if sign == "<" else Before(second, first)
            yield chain.start(), Claim(says, place.words(*chain.span()), signs=True)
    count = len(puzzle.names)
    for found in _saying(puzzle.scene).finditer(sentence):
        middle = found["middle"] or ""
        if _OPEN.search(middle):
            continue
        denied, words = bool(_DENIED.search(middle)), place.words(*found.span())
        things = [int(thing) for thing in re.findall(r"\d+", found["things"] or found["after_place"] or "")]
        if relation := found["before"] or found["behind"]:
            others = [int(thing) for thing in re.findall(r"\d+", found["others"])]
            for one in things:
                for other in others:
                    says = Before(one, other) if relation == found["before"] else Before(other, one)
                    if one != other:
                        yield found.start(), Claim(says, words, denied)
        elif len(things) == 1:
            named = (found["place"] or found["place_first"]).lower()
            position = puzzle.scene.position(named, count)
            if position is None:
                position = _ranked(puzzle.scene, named, count)
            if position is not None:
                yield found.start(), Claim(At(things[0], position), words, denied)


def _ranked(scene: Scene, named: str, count: int) -> int | None:
    """The position that "2nd" or "in position 2" names, where everybody counts from the same end."""
    if named == "in the middle" and count % 2:
        return count // 2
    number = re.search(r"\d+", named)
    rank = int(number[0]) if number else next((i for i, word in enumerate(ORDINALS, 1) if word in named), 0)
    return rank - 1 if scene.rank_is_clear and 1 <= rank <= count else None


def _order(puzzle: Puzzle, sentence: str) -> re.Match[str] | None:
    """A list of as many things as there are, and nothing else but words that announce it."""
    found = _ORDER.fullmatch(sentence.strip())
    if found is None or (found["announced"] and not _ANNOUNCING.search(found["announced"])):
        return None
    things = re.findall(r"«(\d)»", found["list"])
    whole = len(things) == len(puzzle.names)
    return found if whole and (len({*things}) == len(things) or found["announced"] == _OWN) else None


def _whole_order(puzzle: Puzzle, found: re.Match[str], place: _Place) -> Claim:
    order = tuple(int(thing) for thing in re.findall(r"«(\d)»", found["list"]))
    words = found["announced"].lower().replace("-", " ")
    front, back = (_first(words, _ends(puzzle.scene, back=end)) for end in (False, True))
    return Claim(
        order[::-1] if back < front else order,
        place.words(*found.span("list")),
        either_way=front == back and words != _OWN and not puzzle.scene.rank_is_clear,
    )


def _ends(scene: Scene, *, back: bool) -> tuple[str, ...]:
    name = (scene.back if back else scene.front)[0]
    return (name, {"leftmost": "left", "rightmost": "right"}.get(name, name))


def _first(text: str, words: tuple[str, ...]) -> int:
    """Where the first of `words` stands; behind the text where none does."""
    places = [text.find(word) for word in words if word in text]
    return min(places, default=len(text) + 1)


def _answer(puzzle: Puzzle, said: str) -> str:
    return f"({said.upper()})" if len(said) == 1 else puzzle.names[int(said[1:-1])]


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in [*(found.end() for found in re.finditer(r"(?<=[.!?;])\s+|\n", text)), len(text)]:
        yield start, text[start:end]
        start = end


_THINGS = r"«\d»(?:(?:,? and |, )«\d»)*"
_VERB = r"(?:is|are|was|were|be|finishes|finished|comes?|came|stands?|sits?|costs?|ranks?)"
_OWN = "order: "
"""How the reference announces an order."""
_CHAIN = re.compile(r"«\d»(?:\s*[<>]\s*«\d»)+")
_ORDER = re.compile(
    r"(?P<announced>[^«»]*?)(?P<list>(?:the )?«\d»(?:\s*(?:,? and|,|->|→|-|–|;|\|)\s*«\d»)+)\s*\.?"  # noqa: RUF001
)
_ANNOUNCING = re.compile(
    r"\b(?:order|from|arrangement|sequence|ranking|final|row|left to right)\b", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?:position |place |#)?(?P<number>\d{1,2})(?:st|nd|rd|th)?(?: (?:place|position))?\s*[:=)]\s*"
    r"«(?P<thing>\d)»\.?",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\banswer\s*(?:is|:|=)\s*:?\s*(?P<said>(?:option )?\(?(?P<letter>[A-Z])\)?(?![\w«])|«(?P<thing>\d)»)",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|suppos\w+|assum\w+|either|or|whether|maybe|perhaps|possibl[ey]|could|might|may|options?|false|wrong|"
    r"incorrect|untrue|unless|try|trying|contradict\w*)\b|\?\s*$|^\s*\(?[A-Z]\)",
    re.IGNORECASE,
)
"""Words in whose sentence nothing is claimed."""
_DENIED = re.compile(r"\b(?:not|never|cannot|neither)\b|n't\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:can(?!'t)|between|which|who|that|among|than|of)\b", re.IGNORECASE)
"""Words between a thing and what is said, by which it is said of something else, or is not sure."""


@lru_cache(maxsize=16)
def _saying(scene: Scene) -> re.Pattern[str]:
    """A relation of things, or a place of one, in the words of a scene."""
    before, after = ("|".join(map(re.escape, words)) for words in (scene.before, scene.after))
    ranks = (
        r"in the middle|(?:in )?(?:position|place) \d|(?:in )?\d(?:st|nd|rd|th)(?: place| position)?|"
        rf"in (?:{'|'.join(ORDINALS)}) (?:place|position)"
    )
    place = rf"(?:{place_pattern(scene)}|{ranks})\b(?! (?:of|among|remaining|open|free|one of)\b)"
    return re.compile(
        rf"(?P<things>{_THINGS})(?P<middle>[^«»,;:]{{0,40}}?)"
        rf"(?:\b(?:(?P<before>{before})|(?P<behind>{after})) "
        rf"(?P<others>«\d»(?:(?:,? and |, )«\d»(?![^«»]*?\b{_VERB}\b))*)"
        rf"|\b{_VERB} (?:in )?(?:the |at the )?(?P<place>{place}))"
        rf"|\b(?P<place_first>{place})(?:(?: \w+){{0,2}} {_VERB} (?=«\d»(?! and))|"
        r"(?::| =) (?=«\d»\s*\.?\s*$))"
        r"(?P<after_place>«\d»)",
        re.IGNORECASE,
    )
