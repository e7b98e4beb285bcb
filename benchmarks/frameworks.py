"""The tutorings of `bare_loop`, held by other frameworks: the same words, and every turn stored durably.

*autogen-team*: AutoGen's own group chat. By its documentation the state is to be saved while the team stands
still, so a turn is a run of one turn; the state goes as JSON into the store of `bare_loop`, which shares
commits. Who speaks next depends on what was said, so that it is a SelectorGroupChat with a selector function.
*langgraph*: a StateGraph with a node for each speaker and the framework's AsyncSqliteSaver, a checkpoint per
turn, written before the next begins.
"""

import asyncio
import json
import operator
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

from bare_loop import SEED, LeanStore, Said, Say, Words

from schoolroom.transcripts.records import Ask, Question, derive_seed

SEATS = ("student", "teacher", "grader")


def moves() -> Generator[tuple[str, Ask, tuple[Said, ...]], Said, None]:
    """Who speaks next, to which ask, having heard what; is sent what they said."""
    attempt = yield "student", Ask.ATTEMPT, ()
    feedback = yield "teacher", Ask.FEEDBACK, (attempt,)
    if not feedback[1].correct:
        attempt = yield "student", Ask.REVISE, (attempt, feedback)
        feedback = yield "teacher", Ask.FEEDBACK, (attempt,)
    if not feedback[1].correct:
        shown = yield "teacher", Ask.DEMONSTRATE, (attempt, feedback)
        yield "teacher", Ask.FEEDBACK, (shown,)
    yield "grader", Ask.GRADE, (attempt,)


class Tutoring:
    """One question worked through: knows who is next, and lets them speak."""

    def __init__(self, say: Say, question: Question) -> None:
        self.words: list[str] = []
        self.next: str | None
        self.ask: Ask
        self._say, self._question = say, question
        self._seed = derive_seed(SEED, question.lesson, question.id)
        self._moves = moves()
        self.next, self.ask, self._heard = next(self._moves)

    async def speak(self) -> Said:
        """The next turn."""
        said = await self._say(
            self._question, self.ask, self._heard, derive_seed(self._seed, len(self.words))
        )
        self.words.append(said[0])
        try:
            self.next, self.ask, self._heard = self._moves.send(said)
        except StopIteration:
            self.next = None
        return said


async def autogen_team(say: Say, asked: Sequence[Question], live: int, path: Path) -> Words:
    """Each question is a team of its own, since a team holds one conversation."""
    from autogen_agentchat.agents import BaseChatAgent
    from autogen_agentchat.base import Response
    from autogen_agentchat.messages import TextMessage
    from autogen_agentchat.teams import SelectorGroupChat

    from schoolroom.agents.llm_client import LLMClient
    from schoolroom.agents.llm_settings import LLMSettings

    class Speaker(BaseChatAgent):
        """Says what the tutoring has it say."""

        def __init__(self, name: str, tutoring: Tutoring) -> None:
            super().__init__(name, description=name)
            self._tutoring = tutoring

        @property
        def produced_message_types(self) -> Sequence[Any]:
            return (TextMessage,)

        async def on_messages(self, messages: Any, cancellation_token: Any) -> Response:
            text, payload, call = await self._tutoring.speak()
            metadata = {"payload": payload.model_dump_json(), "call": json.dumps(call)}
            return Response(chat_message=TextMessage(content=text, source=self.name, metadata=metadata))

        async def on_reset(self, cancellation_token: Any) -> None:
            """It remembers nothing."""

    never_asked = LLMClient("none", LLMSettings(base_url="http://127.0.0.1:9"))
    store, room = LeanStore(path), asyncio.Semaphore(live)

    async def episode(question: Question) -> list[str]:
        async with room:
            tutoring = Tutoring(say, question)
            team = SelectorGroupChat(
                [Speaker(name, tutoring) for name in SEATS],
                model_client=never_asked,
                selector_func=lambda _: tutoring.next,
                allow_repeated_speaker=True,
                max_turns=1,
            )
            while tutoring.next is not None:
                number, seat, ask = len(tutoring.words), tutoring.next, tutoring.ask
                await team.run()
                state = json.dumps(await team.save_state())
                await store.append(question.id, str(number), seat, ask, tutoring.words[-1], state, "")
        return tutoring.words

    try:
        return list(await asyncio.gather(*map(episode, asked)))
    finally:
        store.close()


class Board(TypedDict):
    """The state of a graph: all turns so far."""

    turns: Annotated[list[dict[str, Any]], operator.add]


async def langgraph(say: Say, asked: Sequence[Question], live: int, path: Path) -> Words:
    """One graph; each question is a thread of its own."""
    from langchain_core.runnables import RunnableConfig  # pyright: ignore[reportMissingImports]
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # pyright: ignore[reportMissingImports]
    from langgraph.graph import END, START, StateGraph  # pyright: ignore[reportMissingImports]

    tutorings: dict[str, Tutoring] = {}
    room = asyncio.Semaphore(live)

    async def speak(board: Board, config: RunnableConfig) -> dict[str, Any]:
        tutoring = tutorings[config["configurable"]["thread_id"]]
        seat, ask = tutoring.next, tutoring.ask
        text, payload, call = await tutoring.speak()
        turn = {"seat": seat, "ask": str(ask), "text": text, "payload": payload.model_dump(), "call": call}
        return {"turns": [turn]}

    def chosen(board: Board, config: RunnableConfig) -> str:
        return tutorings[config["configurable"]["thread_id"]].next or END

    builder = StateGraph(Board)
    builder.add_conditional_edges(START, chosen, [*SEATS])
    for seat in SEATS:
        builder.add_node(seat, speak)
        builder.add_conditional_edges(seat, chosen, [*SEATS, END])

    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.conn.execute("PRAGMA synchronous=NORMAL")
        graph: Any = builder.compile(checkpointer=saver)

        async def episode(question: Question) -> list[str]:
            async with room:
                tutorings[question.id] = Tutoring(say, question)
                config = {"configurable": {"thread_id": question.id}}
                await graph.ainvoke({"turns": []}, config, durability="sync")
                return tutorings.pop(question.id).words

        return list(await asyncio.gather(*map(episode, asked)))
