"""Deductions made up from our own settings: their clues, their words, and the options to choose from."""

import random
from collections.abc import Sequence
from itertools import pairwise

from .choices import listed
from .deduction_reader import clue_sentence
from .deduction_scenes import SCENES, Scene, Setting
from .deductions import At, Before, Clue, Order, only_order

__all__ = ["article", "clues_for", "completed", "drawn_setting", "worded"]

_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight")


def drawn_setting(rng: random.Random) -> tuple[Scene, Setting]:
    """A scene and one of its settings, each scene with equal chances."""
    scene = rng.choice(SCENES)
    return scene, rng.choice(scene.settings)


def clues_for(rng: random.Random, order: Order, *, places: bool) -> tuple[Clue, ...]:
    """Clues that leave `order` alone, none of which could be left out.

    Args:
        rng: Chooses them.
        order: The things from front to back.
        places: Whether clues may name a place; else all of them compare two things.
    """
    count = len(order)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    spread = rng.sample(pairs, min(len(pairs), count))
    neighbours = [(a, a + 1) for a in range(count - 1)]
    clues: list[Clue] = [Before(order[a], order[b]) for a, b in dict.fromkeys([*neighbours, *spread])]
    if places:
        at = rng.sample(range(count), rng.randint(0, (count + 1) // 2))
        clues += [At(order[position], position) for position in at]
    rng.shuffle(clues)
    return _needed(clues, order)


def completed(clues: Sequence[Clue], order: Order) -> tuple[Clue, ...]:
    """Clues that leave `order` alone: the given ones, and comparisons of neighbours where these do not do."""
    more: list[Clue] = [Before(a, b) for a, b in pairwise(order)]
    kept = list(dict.fromkeys(clues))
    return _needed([clue for clue in more if clue not in kept] + kept, order)


def _needed(clues: list[Clue], order: Order) -> tuple[Clue, ...]:
    """The clues without those that the others make needless; earlier ones are left out first."""
    kept = list(clues)
    for clue in clues:
        rest = [other for other in kept if other is not clue]
        if only_order(len(order), tuple(rest)) == order:
            kept = rest
    return tuple(kept)


def worded(
    rng: random.Random,
    scene: Scene,
    setting: Setting | None,
    names: tuple[str, ...],
    clues: Sequence[Clue],
    *,
    options: bool,
) -> str:
    """A question in words: what there is, the clues, and a place that is asked for.

    Args:
        rng: Chooses the place, and from which end each is counted.
        scene: How things are ordered.
        setting: Where they are; None where that is not known.
        names: The things, in the order in which they are listed.
        clues: In their order, by the indexes of `names`.
        options: Whether the things follow with letters to choose from.
    """
    kind = setting.kind if setting else "of them"
    opening = (setting.opening if setting else "There are {count} of them").format(
        count=_COUNTS[len(names) - 2]
    )
    things = [article(scene, name) for name in names]
    told = " ".join(clue_sentence(scene, names, clue, turned=rng.random() < 0.5) for clue in clues)
    place = scene.nearest(rng.randrange(len(names)), len(names), from_back=rng.random() < 0.5)
    who = "Who" if not scene.article else f"Which {kind}{'s' if setting and scene.verb == 'are' else ''}"
    asked = f"{who} {scene.verb} {scene.place_article}{place}?"
    comma = "," if len(names) > 2 else ""
    text = f"{opening}: {', '.join(things[:-1])}{comma} and {things[-1]}. {told} {asked}"
    said = [f"{scene.article}{name}".strip() for name in rng.sample(names, len(names))]
    return listed(text, [f"{name[0].upper()}{name[1:]}" for name in said]) if options else text


def article(scene: Scene, name: str) -> str:
    """The name as it stands in a list: "an elm", "beans", "Ben"."""
    if not scene.article or scene.verb == "are":
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
