"""Training rows as files, for other trainers and for reading back. Streams; holds no recipe and no model.

| form | one row is | weights of messages |
|---|---|---|
| ``schoolroom`` | the `Example` record as a JSON line | all, and lineage: reads back exactly |
| ``trl`` | ``prompt``, ``completion`` (lists of messages), ``weight`` | the last message alone |
| ``openai`` | ``messages``; the assistant's carry ``weight`` | 0 and 1 on assistant messages |
| ``sharegpt`` | ``conversations`` of ``from``, ``value``, ``weight`` | all |
| ``alpaca`` | ``instruction``, ``input``, ``output``, ``system``, ``history`` | the last alone, at 1 |
| ``parquet`` | the fields of `Example` as columns | all, and lineage |

Installed packages bring further forms. A form that cannot carry a row's weights refuses it: nothing is
rounded, and no flag is lost. Every row has its ``id`` (in ``openai`` under ``metadata``), by which
``schoolroom lineage`` finds where it came from. A file whose name ends in ``.gz`` is compressed.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..transcripts.errors import ConfigError, DataFileError
from ..transcripts.exchange.arrow import write_rows
from ..transcripts.exchange.files import line_of, new_file, text_lines
from ..transcripts.plugins import Registry
from ..transcripts.records import Example, ExampleMessage, Json

__all__ = ["FORMS", "RowForm", "export_examples", "form_names", "read_examples"]

RowForm = Callable[[Example], dict[str, Json]]
"""How a row looks in a form: a line of JSON. It refuses a row that it cannot carry with ConfigError."""

SHAREGPT_NAMES = {"system": "system", "user": "human", "assistant": "gpt"}


def export_examples(
    examples: Iterable[Example], path: str | Path, *, form: str = "schoolroom", bare: bool = False
) -> int:
    """Write `examples` to `path`, which appears only once all are written.

    Args:
        examples: Rows; taken one after the other.
        path: The file; what stood there is replaced.
        form: One of `form_names`.
        bare: Leave the ids out, for a trainer that refuses fields which it does not know; ``schoolroom`` and
            ``parquet`` keep them.

    Returns:
        How many rows were written.

    Raises:
        UnknownName: there is no such form.
        ProtocolError: the package that brings the form cannot be loaded.
        ConfigError: the form cannot carry the weights of a row, or its package is missing.
        DataFileError: the file cannot be written.
    """
    shape = FORMS.find(form)
    rows = (shape(row) | ({} if bare else _id_in(form, row)) for row in examples)
    if form == "parquet":
        return write_rows(Path(path), _schema, rows)
    with new_file(Path(path)) as file:
        return sum(1 for row in rows if file.write(line_of(row)))


def read_examples(path: str | Path) -> Iterator[Example]:
    """The rows of a file of the form ``schoolroom``, one after the other.

    Raises:
        DataFileError: the file cannot be read, a line is not such a row, or there is none; the message
            names the line.
    """
    number = 0
    try:
        for number, line in text_lines(Path(path)):  # noqa: B007  # named where a line is wrong
            yield Example.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataFileError(
            f"{path}, line {number}: not a training row of the form 'schoolroom'"
            f"{f', at {where!r}' if where else ''}: {first['msg']}."
        ) from None
    if number == 0:
        raise DataFileError(f"{path} is empty; it must hold a training row on each line.")


def form_names() -> list[str]:
    """All forms that can be written, those of installed packages included."""
    return FORMS.names()


def _id_in(form: str, row: Example) -> dict[str, Json]:
    """Where a row's id stands in a form."""
    return {"metadata": {"id": row.id}} if form == "openai" else {"id": row.id}


def _schoolroom(example: Example) -> dict[str, Json]:
    value: dict[str, Json] = example.model_dump(mode="json")
    return value


def _trl(example: Example) -> dict[str, Json]:
    *said, reply = _learns_last(example, "trl")
    return {
        "prompt": [_plain(message) for message in said],
        "completion": [_plain(reply)],
        "weight": reply.weight,
    }


def _openai(example: Example) -> dict[str, Json]:
    messages: list[dict[str, Json]] = []
    for message in example.messages:
        if message.weight not in (0.0, 1.0) or (message.weight and message.role != "assistant"):
            raise _refused(example, "openai", "only the weights 0 and 1, and only on assistant messages")
        weight = {"weight": int(message.weight)} if message.role == "assistant" else {}
        messages.append(_plain(message) | weight)
    return {"messages": messages}


def _sharegpt(example: Example) -> dict[str, Json]:
    return {
        "conversations": [
            {"from": SHAREGPT_NAMES[message.role], "value": message.content, "weight": message.weight}
            for message in example.messages
        ]
    }


def _alpaca(example: Example) -> dict[str, Json]:
    system, *said = _headed(_learns_last(example, "alpaca"))
    roles = [message.role for message in said]
    if said[-1].weight != 1.0 or roles != ["user", "assistant"] * (len(said) // 2):
        raise _refused(example, "alpaca", "questions and replies that take turns, the last reply of weight 1")
    words = [message.content for message in said]
    return {
        "instruction": words[-2],
        "input": "",
        "output": words[-1],
        "system": system.content,
        "history": [[asked, replied] for asked, replied in zip(words[:-2:2], words[1:-2:2], strict=True)],
    }


def _headed(messages: tuple[ExampleMessage, ...]) -> tuple[ExampleMessage, ...]:
    """The messages behind a system message, which is empty where there was none."""
    if messages[0].role == "system":
        return messages
    return (ExampleMessage(role="system", content=""), *messages)


def _learns_last(example: Example, form: str) -> tuple[ExampleMessage, ...]:
    """The messages, of which the last alone carries loss."""
    *said, reply = example.messages or (ExampleMessage(role="user", content=""),)
    if not said or reply.role != "assistant" or not reply.weight or any(m.weight for m in said):
        raise _refused(example, form, "rows in which the last assistant message alone is learnt")
    return example.messages


def _refused(example: Example, form: str, carried: str) -> ConfigError:
    return ConfigError(
        f"the form '{form}' carries {carried}; example {example.id} ({example.kind}) has the weights "
        f"{[message.weight for message in example.messages]}. Export as 'schoolroom' or 'sharegpt'."
    )


def _plain(message: ExampleMessage) -> dict[str, Json]:
    return {"role": message.role, "content": message.content}


def _schema(pa: Any) -> Any:
    message = pa.struct([("role", pa.string()), ("content", pa.string()), ("weight", pa.float64())])
    source = pa.struct([("episode", pa.string()), ("turn", pa.int64())])
    texts = ("id", "recipe", "kind", "question", "lesson", "tier")
    lists = [("messages", pa.list_(message)), ("sources", pa.list_(source))]
    return pa.schema([*((name, pa.string()) for name in texts), *lists])


FORMS = Registry[RowForm](
    "form of export",
    "schoolroom.row_forms",
    lambda: {
        "schoolroom": _schoolroom,
        "trl": _trl,
        "openai": _openai,
        "sharegpt": _sharegpt,
        "alpaca": _alpaca,
        "parquet": _schoolroom,
    },
)
