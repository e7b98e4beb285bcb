"""Finds the equations in written steps and judges each, with what the steps before have said in mind.

A variable keeps the value that it was given, or that an equation gives it; an equation with an unknown
claims nothing until then.
"""
# ruff: noqa: RUF001 (the apostrophes of other keyboards are meant)

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from .equation_comparison import agree, mixes_units
from .equation_forms import Form, show
from .equation_sides import Reading, divides_by_zero, first_number, readings_after, readings_before
from .equation_tokens import Kind, Token, tokenize
from .equation_words import spoken

__all__ = ["Claim", "Notebook"]

_ROUNDED = re.compile(
    r"\b(?:round|approx|nearest|whole|complete|full\b|at least|at most|remainder|left ?over|R\s*\d"
    r"|with (?:\w+ )?(?:\w+ )?(?:remaining|left)|(?:about|around|nearly|almost|roughly)\s+[$£€]?(?:\d|<<))",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"(?<![\w'’])(?<!\d )([A-Za-z](?:_?\d+)?)(?=\s*[-+*=≈])|[-+*=]\s*([A-Za-z])(?=\s*(?:[-+*/=).,]|$))"
    r"|(?<=\d)([xyz])\b|(?<=\d)([bdfi-jn-rtuvA-BDEGHI-JN-UX])(?=\s*[-+*=])|\blet\s+([A-Za-z])\b|(?<![\w'’])([xyzXYZ])(?![\w'’])"
)
_SUPPOSED = re.compile(r"\b(?:let|if|suppose|assume|assuming|say)\b", re.IGNORECASE)
_UNIT_LETTERS = frozenset("mghslLkKCFMW")
_ANNOTATIONS = re.compile(r"<<[^<>]*>>")


@dataclass(frozen=True, slots=True)
class Claim:
    """An equation that a step claims."""

    start: int
    """Position in the step, from 0."""
    span: str
    """As it stands in the step."""
    left: str
    """Its left side as it stands, annotations left out."""
    value: str
    """What the left side is worth."""
    right: str
    """Its right side: as it stands where that is one number, else what it is worth."""
    claimed: str
    """What the right side is worth."""
    written: tuple[int, int] | None
    """Where in the step the right side stands, if it is one number."""
    reason: str
    """Why it does not hold; empty where it does."""
    known: str = ""
    """The values of its variables, "with x = 5, "."""

    def denied(self, value: str) -> str:
        """Why it does not hold, said by somebody who finds that its left side is worth `value`."""
        if self.left in ("", value):
            return f"{self.known}{value} is not {self.right}"
        return f"{self.known}{self.left} is {value}, not {self.right}"


@dataclass(slots=True)
class Notebook:
    """Reads steps in order, each judged on the steps before it as they stand."""

    values: dict[str, Fraction] = field(default_factory=dict)
    """Of the variables whose value is known."""
    names: set[str] = field(default_factory=set)
    """Letters that are variables."""
    last: list[Reading] = field(default_factory=list)
    """What the line before ended with: a line that begins with an equals sign goes on from there."""

    def claims(self, step: str) -> list[Claim]:
        """The equations of `step` that can be judged, in the order in which they stand."""
        self.names |= {name for found in _VARIABLE.findall(step) for name in found if name}
        if _SUPPOSED.search(step):  # what is supposed anew is not bound by what was said before
            self.values = {
                n: v for n, v in self.values.items() if not re.search(rf"\b{re.escape(n)}\b", step)
            }
        found = [
            c for line in re.finditer(r"[^\r\n]+", step) for c in self._line(step, line.start(), line.end())
        ]
        return sorted(found, key=lambda claim: claim.start)

    def copy(self) -> "Notebook":
        """One that has read the same; what it reads from here on, this one does not know."""
        return replace(self, values=dict(self.values), names=set(self.names))

    def mistakes(self, step: str) -> list[Claim]:
        """The equations of `step` that do not hold, in the order in which they stand."""
        return [claim for claim in self.claims(step) if claim.reason]

    def _line(self, step: str, start: int, end: int) -> Iterator[Claim]:
        tokens = spoken(step, tokenize(step, start, end))
        if not tokens:
            return
        sides, signs = _split(tokens)
        carried = self.last if signs and not sides[0] else []
        yield from self._chain(step, sides, signs, carried)
        self.last = readings_before(sides[-1], self.names)
        for i, token in enumerate(tokens):
            if token.kind is Kind.ANNOTATION:
                yield from self._annotation(step, token, tokens[i + 1 :])

    def _annotation(self, step: str, token: Token, after: Sequence[Token]) -> Iterator[Claim]:
        """An annotation is an equation in itself, and its result is the number that follows it."""
        sides, signs = _split(tokenize(step, token.start + 2, token.end - 2))
        yield from self._chain(step, sides, signs, [])
        results = readings_after(sides[-1], self.names) if signs else []
        written = readings_after(after, self.names) + first_number(after, self.names)
        if results and written and not any(r.form.unknowns for r in results + written):
            holds = agree(results, written, about=False, whole=bool(_ROUNDED.search(step)))
            value = show(results[0].form.constant)
            yield Claim(
                start=written[0].start,
                span=step[token.start : written[0].end],
                left=value,
                value=value,
                right=_words(step, written[0]),
                claimed=show(written[0].form.constant),
                written=(written[0].start, written[0].end) if written[0].literal else None,
                reason="" if holds else f"{value} was worked out, but {_words(step, written[0])} is written",
            )

    def _chain(
        self, step: str, sides: Sequence[Sequence[Token]], signs: Sequence[Token], carried: list[Reading]
    ) -> Iterator[Claim]:
        """The links of a chain ``a = b = c``."""
        for i, sign in enumerate(signs):
            left = carried if i == 0 and carried else readings_before(sides[i], self.names)
            right = readings_after(sides[i + 1], self.names)
            if not left or not right:
                if left or right:
                    yield from self._without_value(
                        step, sides[i] if right else sides[i + 1], (left or right)[0]
                    )
                continue
            here = bool(sides[i])
            bare = here and left[0].start == sides[i][0].start
            if not self._is_claim(left[0], right[0], sign, first=i == 0 or not bare, bare=bare):
                continue
            if i + 1 < len(signs):  # "5 + 3 = 8 * 2 = 16": 8 goes on being worked with
                right += first_number(sides[i + 1], self.names)
            claim = self._judge(step, left, right, sign, here)
            if claim is not None:
                yield claim
        if signs and not signs[0].text[0].isalpha():
            self._keep(sides)

    def _without_value(self, step: str, side: Sequence[Token], other: Reading) -> Iterator[Claim]:
        """A side that divides by zero is wrong, whatever the value of the other one."""
        if where := divides_by_zero(side, self.names):
            start, end = where
            span = step[start:end]
            reason = f"{span} has no value, for nothing can be divided by 0"
            claimed = str(other.form)
            yield Claim(start, span, span, "no value", claimed, claimed, written=None, reason=reason)

    def _is_claim(self, a: Reading, b: Reading, sign: Token, *, first: bool, bare: bool) -> bool:
        """Whether arithmetic is claimed, not a thing named: "5 friends = 250/5", "1/3 is equal to $20".

        `first` tells that the left side begins the chain, `bare` that no words stand before it.
        """
        phrase = sign.text[0].isalpha()
        if a.unit == "of" or (a.additive and mixes_units(a.units)):
            return False
        if first and a.literal and (not bare or a.unit or phrase):
            return False
        if a.form.unknowns or b.form.unknowns:
            return not (a.letters or b.letters or (phrase and first and not bare))
        if _odd_letters(a) ^ _odd_letters(b):
            return False
        if first and a.fraction and (phrase or a.unit) and 0 < a.form.constant < 1:
            return False
        return not (a.literal and b.literal and a.unit != b.unit)

    def _judge(
        self, step: str, left: list[Reading], right: list[Reading], sign: Token, here: bool
    ) -> Claim | None:
        raw = (left[0].form, right[0].form)
        open_ = bool(raw[0].unknowns or raw[1].unknowns)
        left, right = ([replace(r, form=r.form.where(self.values)) for r in side] for side in (left, right))
        a, b = left[0], right[0]
        unsolved = bool(a.form.unknowns or b.form.unknowns)
        start = a.start - (a.start > 0 and step[a.start - 1] in "$€£") if here else sign.start
        claim = Claim(
            start=start,
            span=step[start : b.end],
            left=_words(step, a) if here else "",
            value=str(a.form),
            right=_words(step, b) if b.literal else str(b.form),
            claimed=str(b.form),
            written=(b.start, b.end) if b.literal else None,
            reason=self._solve(a.form, b.form) if unsolved else "",
            known="" if unsolved else self._known(*raw, besides=_words(step, a) if here else ""),
        )
        if unsolved:
            return claim if claim.reason else None
        about, whole = sign.kind is Kind.ABOUT, bool(_ROUNDED.search(step))
        holds = agree(left, right, about=about, whole=whole, converts=open_)
        if open_:  # what stands here counts from here on
            self._solve(*raw)
        return claim if holds else replace(claim, reason=claim.denied(claim.value))

    def _known(self, *sides: Form, besides: str) -> str:
        names = sorted({name for side in sides for name in side.unknowns} - {besides})
        return "".join(f"with {name} = {show(self.values[name])}, " for name in names)

    def _solve(self, left: Form, right: Form) -> str:
        """Keeps the value that the equation gives its only unknown; or says why no value can be right."""
        difference = left.plus(right, -1)
        if len(difference.unknowns) != 1:
            return f"{left} is never {right}" if not difference.unknowns and difference.constant else ""
        ((name, factor),) = difference.unknowns.items()
        if left.unknowns and right.unknowns and not left.constant and not right.constant:
            return f"{left} is not {right}"
        self.values[name] = -difference.constant / factor
        return ""

    def _keep(self, sides: Sequence[Sequence[Token]]) -> None:
        """In "A = (3 - 8) = -5" the last side is what A is from now on, right or wrong."""
        name, result = readings_before(sides[0], self.names), readings_after(sides[-1], self.names)
        between = [(side, readings_before(side, self.names)) for side in sides[1:-1]]
        unbroken = between and all(found and found[0].start == side[0].start for side, found in between)
        if not unbroken or not name or not result or result[0].form.unknowns:
            return
        unknowns = name[0].form.unknowns
        if len(unknowns) == 1 and name[0].form == Form(unknowns=dict.fromkeys(unknowns, Fraction(1))):
            self.values[next(iter(unknowns))] = result[0].form.constant


def _split(tokens: Sequence[Token]) -> tuple[list[Sequence[Token]], list[Token]]:
    """The sides of the chain, and the equals signs between them."""
    cuts = [i for i, t in enumerate(tokens) if t.kind in (Kind.EQUALS, Kind.ABOUT)]
    bounds = [-1, *cuts, len(tokens)]
    return [tokens[a + 1 : b] for a, b in pairwise(bounds)], [tokens[i] for i in cuts]


def _odd_letters(reading: Reading) -> frozenset[str]:
    """Letters that may be unknowns rather than units."""
    return frozenset(reading.letters) - (_UNIT_LETTERS if reading.literal else frozenset())


def _words(step: str, reading: Reading) -> str:
    return " ".join(_ANNOTATIONS.sub("", step[reading.start : reading.end]).split())
