"""What the tests of the documentation share: a server in place of every language model that pages name."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence

import pytest

from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.transcripts.records import Message


def answers(messages: Sequence[Message]) -> str:
    """What the language model of the pages says: `classroom_reply`, and further questions and rubrics too."""
    messages = [message.model_copy(update={"content": _as_a_sum(message.content)}) for message in messages]
    asked = messages[-1].content
    if "Write the rubric" in asked:
        return "- units: the answer has its unit\n- steps: each step is written down"
    if wanted := re.search(r"Write (\d+) .*questions", asked):
        numbers = range(2, 2 + int(wanted[1]))
        return "\n".join(
            f"question: What is {n} + 5?\nsolution:\n{n} + 5 = {n + 5}\nanswer: {n + 5}" for n in numbers
        )
    return classroom_reply(messages)


def _as_a_sum(words: str) -> str:
    """The pages' own word problem as `classroom_reply` can read it."""
    return re.sub(r"(\d+) nuts and finds (\d+) more", r"\1 + \2 nuts", words)


@pytest.fixture(scope="session")
def model_server() -> Iterator[str]:
    """The address of a server that stands in for every language model that pages name."""
    server, loop = FakeServer(answers), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    yield server.url
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
