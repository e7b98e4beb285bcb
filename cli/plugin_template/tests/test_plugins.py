"""What schoolroom demands of each kind of plug-in. Add tests of what is your own."""

from importlib.resources import files

import pytest
from school_of_rome import personas
from school_of_rome.exporter import write_markdown
from school_of_rome.recipe import last_word
from school_of_rome.row_form import completion
from school_of_rome.script import drill
from school_of_rome.seat import Guesser
from school_of_rome.subject import RomanNumerals, numeral

from schoolroom.agents.checks import check_persona, check_seat
from schoolroom.agents.fakes import RunningSums
from schoolroom.agents.persona_files import find_persona
from schoolroom.environments.checks import check_script, check_subject
from schoolroom.environments.fakes import sample_episodes
from schoolroom.training.checks import check_recipe, check_row_form
from schoolroom.transcripts.checks import check_exporter
from schoolroom.transcripts.records import SeatInfo


def test_persona() -> None:
    check_persona(str(files(personas) / "centurion.toml"))


def test_subject() -> None:
    check_subject(RomanNumerals(), seeds=range(50))
    check_subject(RomanNumerals(), settings={"below": 40})


@pytest.mark.parametrize(("number", "text"), [(4, "IV"), (1994, "MCMXCIV"), (3888, "MMMDCCCLXXXVIII")])
def test_numerals(number: int, text: str) -> None:
    assert numeral(number) == text


def test_script() -> None:
    check_script(drill)
    check_script(drill, tries=1)


def test_seat() -> None:
    persona = find_persona("careless")
    info = SeatInfo(seat="student", role=persona.role, persona=persona.label, model="seat:guesser")
    check_seat(Guesser(persona, info=info, checkers=lambda _: RunningSums()))


def test_recipe_and_the_form_of_its_rows() -> None:
    episodes = sample_episodes(drill)
    check_recipe(last_word, episodes)
    check_row_form(completion, last_word(episodes))


def test_exporter() -> None:
    check_exporter(write_markdown, sample_episodes(drill))
