"""A persona is words: whatever its templates say, nothing in them is looked up, called or run."""

from pathlib import Path

import pytest

from schoolroom.agents.persona_files import load_persona, persona_problems
from schoolroom.transcripts.errors import PersonaError
from schoolroom.transcripts.prompts import prompt
from schoolroom.transcripts.records import Ask, Cue, Question

QUESTION = Question.make(lesson="sums", subject="s", text="{feedback} {0} 1 + 1?", answer="2")
CUE = Cue(seat="teacher", ask=Ask.FEEDBACK, question=QUESTION)

INERT = (
    "{question.__class__.__mro__}",
    "{question!r}",
    "{question:>100}",
    "{question[0]}",
    "{self.__init__.__globals__}",
    "{__import__('os').system('touch ran')}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "${question} $(touch ran) `touch ran`",
    "%(question)s %s",
    "<%= system('touch ran') %>",
    'f\'{open("ran", "w")}\'',
)
REFUSED = ("{__class__}", "{0}", "{}", "{os}", "{self}", "{question} {__globals__}")


def persona(folder: Path, template: str, where: str) -> Path:
    tables = {
        "instruction": f"[instructions]\nfeedback = '''{template}'''\n",
        "system": f"[instructions]\nsystem = '''{template}'''\n",
        "tone": f"[traits]\ntone = '''{template}'''\n",
        "misconception": f"[traits]\nmisconceptions = ['''{template}''']\n",
    }
    (file := folder / "p.toml").write_text(f'name = "p"\nrole = "teacher"\n{tables[where]}')
    return file


@pytest.mark.parametrize("where", ["instruction", "system", "tone", "misconception"])
@pytest.mark.parametrize("template", INERT)
def test_what_looks_like_code_stays_text_or_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, where: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = persona(tmp_path, template, where)
    if not persona_problems(file):
        said = "\n".join(
            message.content
            for message in prompt(CUE, load_persona(file).role, load_persona(file).instructions)
        )
        assert template.replace("{question}", QUESTION.text) in said
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("template", REFUSED)
def test_names_that_no_template_may_use_are_refused(tmp_path: Path, template: str) -> None:
    with pytest.raises(PersonaError, match="template names"):
        load_persona(persona(tmp_path, template, "instruction"))


def test_what_is_put_in_is_not_read_again(tmp_path: Path) -> None:
    """A question, or a student's words, cannot name placeholders either."""
    loaded = load_persona(persona(tmp_path, "Q: {question}", "instruction"))
    assert f"Q: {QUESTION.text}" in prompt(CUE, loaded.role, loaded.instructions)[-1].content
