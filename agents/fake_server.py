"""An OpenAI-compatible chat server on loopback without a model: for tests, demonstrations and benchmarks.

It checks what it is sent, as a real server does, and can be told to fail in every way that servers do. Its
words come from a function of the messages; `classroom_reply` plays all three roles of a classroom. It
runs alone, too: ``python -m schoolroom.agents.fake_server --port 8080``. It is no proxy and no model.
"""

import argparse
import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from pydantic import ValidationError

from ..transcripts.records import Message
from .faults import Fault, error_body, rate_limited

__all__ = ["FakeServer", "Fault", "Received", "Reply", "classroom_reply", "rate_limited"]

Reply = Callable[[Sequence[Message]], str]
"""What the server says, given what it was sent."""

REMEMBERED = 1000
"""How many requests a server remembers; it counts all of them."""


@dataclass(frozen=True)
class Received:
    """One request that the server accepted."""

    messages: tuple[Message, ...]
    params: Mapping[str, Any]
    """All other fields of the request."""


class FakeServer:
    """The server; an asynchronous context manager.

    ::

        async with FakeServer(lambda messages: "all correct") as server:
            client = LLMClient("any-name", LLMSettings(base_url=server.url))

    Args:
        reply: Gives the words.
        faults: What goes wrong with the first, second, … request; None where nothing does. It may be without
            end, as `faults.chaos` is; else more can be appended to `FakeServer.faults` at any time.
        key: The key that requests must carry; None accepts any.
        delay: Seconds that each reply takes.
    """

    def __init__(
        self,
        reply: Reply | None = None,
        *,
        faults: Iterable[Fault | None] = (),
        key: str | None = None,
        delay: float = 0.0,
    ) -> None:
        self.reply = reply or classroom_reply
        self.faults: deque[Fault | None] = deque()
        self._first_faults = iter(faults)
        self.received: deque[Received] = deque(maxlen=REMEMBERED)
        self.count = 0
        self.live = 0
        self.peak = 0
        """The most requests that were under way at once."""
        self._key = key
        self._delay = delay
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The base URL, as clients want it."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def start(self, port: int = 0) -> Self:
        """Listen on loopback; port 0 takes any that is free."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._completions)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fake", "object": "model"}]})

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self.count += 1
        self.live += 1
        self.peak = max(self.peak, self.live)
        try:
            return await self._answer(request, self._next_fault())
        finally:
            self.live -= 1

    def _next_fault(self) -> Fault | None:
        try:
            return next(self._first_faults)
        except StopIteration:
            return self.faults.popleft() if self.faults else None

    async def _answer(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        fault = fault or Fault()
        if self._key is not None and request.headers.get("Authorization") != f"Bearer {self._key}":
            return _refusal(401, "Incorrect API key provided.")
        try:
            received = _read(await request.text())
        except ValueError as error:
            return _refusal(400, str(error))
        self.received.append(received)
        if delay := self._delay + fault.delay:
            await (asyncio.Event().wait() if delay == float("inf") else asyncio.sleep(delay))
        if fault.cut:
            return await _cut(request, fault.body)
        body = fault.body
        if body is None:
            completion = _completion(received, self.reply(received.messages))
            body = json.dumps({k: v for k, v in completion.items() if k not in fault.without})
        return web.Response(
            status=fault.status, text=body, content_type=fault.content_type, headers=dict(fault.headers)
        )


async def _cut(request: web.Request, body: str | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if body is not None:
        response.content_length = len(body.encode())
        await response.prepare(request)
        await response.write(body.encode()[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response


def _read(text: str) -> Received:
    """The request, checked.

    Raises:
        ValueError: it is not a chat request.
    """
    value = json.loads(text)
    if not isinstance(value, dict) or not isinstance(value.get("model"), str) or not value["model"]:
        raise ValueError("'model' must be a name.")
    if value.get("stream"):
        raise ValueError("'stream' is not served here.")
    messages = value.pop("messages", None)
    if not isinstance(messages, list) or not messages:
        raise ValueError("'messages' must be a list of at least one message.")
    try:
        said = tuple(Message(role=m["role"], content=m["content"]) for m in messages)
    except (ValidationError, KeyError, TypeError) as error:
        raise ValueError(f"a message must have 'role' and 'content': {error}") from None
    if all(message.role == "system" for message in said):
        raise ValueError("'messages' must hold more than system messages.")
    return Received(said, value)


def _completion(received: Received, text: str) -> dict[str, Any]:
    prompt, said = sum(len(m.content.split()) for m in received.messages), len(text.split())
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": received.params["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said},
    }


def _refusal(status: int, message: str) -> web.Response:
    body = error_body(message, "invalid_request_error")
    return web.Response(status=status, text=body, content_type="application/json")


_SUM = re.compile(r"(\d+)\s*([-+*])\s*(\d+)")
_ANSWER = re.compile(r"answer:\s*(-?\d+)", re.IGNORECASE)


def classroom_reply(messages: Sequence[Message]) -> str:
    """Plays whichever role it is asked to play, for questions that hold one sum such as ``27 + 38``.

    The student is right about every second question at once, and about all of them when it revises. Teacher
    and grader compare the last answer that they can see with the right one.
    """
    words = "\n".join(message.content for message in messages if message.role != "system")
    found = _SUM.search(words)
    if found is None:
        return "I see no sum here.\nanswer: 0"
    a, b = int(found[1]), int(found[3])
    right = {"+": a + b, "-": a - b, "*": a * b}[found[2]]
    answers = _ANSWER.findall(words)
    is_right = bool(answers) and int(answers[-1]) == right
    last = messages[-1].content.lower()
    if "all correct" in last:
        return "all correct" if is_right else f"It should be {right}.\nthe answer is wrong"
    if "score" in last:
        return f"score: {1.0 if is_right else 0.0}"
    said = right if answers or (a + b) % 2 == 0 else right + 1
    return f"{found[0]} = {said}\nanswer: {said}"


async def _serve(port: int, delay: float) -> None:
    server = await FakeServer(delay=delay).start(port)
    print(server.url, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server without a model.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each reply takes")
    settings = parser.parse_args()
    try:
        asyncio.run(_serve(settings.port, settings.delay))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
