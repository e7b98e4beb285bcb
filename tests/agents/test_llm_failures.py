"""The client, by either way, against a real server on loopback that fails in every way that servers do.

What is tried again and how often, how long it waits, how many requests are under way, which error remains.
"""

import asyncio
import json
import math
from email.utils import format_datetime

import pytest
from autogen_core import CancellationToken

from schoolroom.agents.fake_server import FakeServer, Fault, rate_limited
from schoolroom.agents.limiter import limiter_of
from schoolroom.transcripts.errors import (
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
)
from schoolroom.transcripts.records import now

from .conftest import HELLO, KEY, ClientOf, Clock, echo

pytestmark = pytest.mark.slow

PASSING = {
    "429": rate_limited(),
    "500": Fault(status=500, body="boom", content_type="text/plain"),
    "502": Fault(status=502, body="<html>bad gateway</html>", content_type="text/html"),
    "503": Fault(status=503, body="{}"),
    "cut at once": Fault(cut=True),
    "cut in the middle": Fault(cut=True, body='{"id": "chatcmpl-fake", "choices": [{"index": 0}]}'),
    "half a JSON": Fault(body='{"id": "chatcmpl-fake", "choi'),
    "no JSON": Fault(body="<html>hello</html>", content_type="text/html"),
    "a list": Fault(body="[]"),
    "null": Fault(body="null"),
    "an empty object": Fault(body="{}"),
    "no choices": Fault(body='{"id": "x", "object": "chat.completion", "choices": []}'),
    "no words": Fault(body='{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'),
    "blank words": Fault(
        body='{"choices": [{"index": 0, "message": {"role": "assistant", "content": " "}}]}'
    ),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_what_may_pass_is_tried_again_and_passes(client_of: ClientOf, fault: Fault) -> None:
    clock = Clock()
    async with FakeServer(echo, faults=[fault, fault]) as server:
        result = await client_of(server, clock).create(HELLO)
        assert server.count == 3
    assert result.content == "I heard: 27 + 38"
    first, second = clock.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (
            rate_limited(),
            RateLimited,
            r"too many requests \(status 429, 3 attempts\)\. Lower 'max_concurrency'",
        ),
        (PASSING["500"], ModelUnavailable, r"boom \(status 500, 3 attempts\)"),
        (PASSING["503"], ModelUnavailable, r"status 503"),
        (PASSING["cut at once"], ModelUnavailable, r"Server disconnected \(3 attempts\)"),
        (PASSING["cut in the middle"], ModelUnavailable, r"not completed"),
        (PASSING["half a JSON"], ModelUnavailable, r"Unterminated string .*3 attempts"),
        (PASSING["no JSON"], ModelUnavailable, r"Expecting value"),
        (PASSING["no choices"], ModelUnavailable, r"the reply has no choices \(3 attempts\)"),
        (PASSING["no words"], ModelUnavailable, r"the reply is empty \(3 attempts\)"),
    ],
)
async def test_what_does_not_pass_is_a_typed_error(
    client_of: ClientOf, fault: Fault, kind: type[ModelError], words: str
) -> None:
    async with FakeServer(echo, faults=[fault] * 9) as server:
        with pytest.raises(kind, match=rf"model 'small-model': .*{words}") as caught:
            await client_of(server, Clock(), max_retries=2).create(HELLO)
        assert server.count == 3
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(429, RateLimited), (503, ModelUnavailable), (400, ModelRefused), ("odd", ModelUnavailable)],
)
async def test_an_error_in_an_answer_that_went_well_is_an_error(
    client_of: ClientOf, code: object, kind: type[ModelError]
) -> None:
    fault = Fault(body=json.dumps({"error": {"message": f"not now, {KEY}", "code": code}}))
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(kind, match=r"not now, \*\*\*"):
            await client_of(server, Clock(), max_retries=0).create(HELLO)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refusal_is_not_tried_again(client_of: ClientOf, status: int) -> None:
    fault = Fault(status=status, body='{"error": {"message": "the model `small-model` does not exist"}}')
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(
            ModelRefused, match=rf"does not exist \(status {status}, 1 attempt\)\. Check the key"
        ):
            await client_of(server, Clock()).create(HELLO)
        assert server.count == 1


async def test_a_reply_that_a_filter_withholds_is_refused_and_not_asked_for_again(
    client_of: ClientOf,
) -> None:
    withheld = '{"message": {"role": "assistant", "content": null}, "finish_reason": "content_filter"}'
    fault = Fault(body=f'{{"id": "x", "object": "chat.completion", "choices": [{withheld}]}}')
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(ModelRefused, match=r"content filter withheld the reply \(1 attempt\)"):
            await client_of(server, Clock()).create(HELLO)
        assert server.count == 1


async def test_a_server_that_hangs_is_left_after_the_timeout_and_a_slow_one_is_not(
    client_of: ClientOf,
) -> None:
    async with FakeServer(echo, faults=[Fault(delay=math.inf)] * 2) as server:
        with pytest.raises(ModelTimeout, match=r"(?s)small-model.* \(2 attempts\)\. Raise 'timeout'"):
            await client_of(server, Clock(), timeout=0.2, max_retries=1).create(HELLO)
        server.faults.append(Fault(delay=0.2))
        assert (await client_of(server, Clock()).create(HELLO)).content == "I heard: 27 + 38"


async def test_a_server_that_is_not_there_is_unavailable(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        client = client_of(server, Clock(), max_retries=1)
    with pytest.raises(ModelUnavailable, match=r"small-model.*2 attempts\)\. See whether the server is up"):
        await client.create(HELLO)


async def test_retry_after_is_honoured_in_both_spellings_up_to_the_longest_wait(client_of: ClientOf) -> None:
    clock = Clock()
    async with FakeServer(echo, faults=[rate_limited(3)]) as server:
        await client_of(server, clock).create(HELLO)
        assert clock.slept == [3.0]
        date = format_datetime(now().replace(year=now().year + 1), usegmt=True)
        server.faults.append(Fault(status=503, body="{}", headers={"Retry-After": date}))
        with pytest.raises(ModelUnavailable, match="1 attempt"):
            await client_of(server, clock, max_wait=10.0).create(HELLO)
        server.faults.append(rate_limited(11))
        with pytest.raises(RateLimited, match=r"asks to wait 11 s, longer than 'max_wait' \(10 s\)"):
            await client_of(server, clock, max_wait=10.0).create(HELLO)
    assert clock.slept == [3.0]


async def test_no_more_requests_than_allowed_are_under_way_and_the_rest_wait(client_of: ClientOf) -> None:
    async with FakeServer(echo, delay=0.02) as server:
        client = client_of(server, Clock(), max_concurrency=3)
        results = await asyncio.gather(*(client.create(HELLO) for _ in range(12)))
        assert server.peak == 3
    assert len(results) == 12


async def test_clients_of_one_model_share_a_limit_that_a_refused_burst_halves_once(
    client_of: ClientOf,
) -> None:
    async with FakeServer(echo, faults=[rate_limited()] * 8, delay=0.02) as server:
        teacher, grader = (client_of(server, Clock(), max_concurrency=8) for _ in range(2))
        await asyncio.gather(*(client.create(HELLO) for client in (teacher, grader) for _ in range(8)))
        assert server.peak <= 8
        limiter = limiter_of("small-model", server.url, 8)
        assert 4 < limiter.limit < 8  # halved by the first burst, raised again by 16 replies
        assert limiter.under_way == 0


async def test_cancelling_stops_a_call_at_once_and_frees_its_place(client_of: ClientOf) -> None:
    async with FakeServer(echo, faults=[Fault(delay=math.inf)]) as server:
        client = client_of(server, Clock(), timeout=600.0, max_concurrency=1)
        token = CancellationToken()
        call = asyncio.ensure_future(client.create(HELLO, cancellation_token=token))
        while not server.received:
            await asyncio.sleep(0.005)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.create(HELLO)).content == "I heard: 27 + 38"
        with pytest.raises(asyncio.CancelledError):
            await client.create(HELLO, cancellation_token=token)
        assert server.count == 2
