"""The form of training rows `completion`: a prompt and what is to follow, as plain text."""

from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Example, Json


def completion(example: Example) -> dict[str, Json]:
    """The row as ``prompt`` and ``completion``.

    Raises:
        ConfigError: something else than the last message is learnt, or not at weight 1: plain text cannot
            say so.
    """
    *said, reply = example.messages
    if reply.weight != 1 or any(message.weight for message in said):
        raise ConfigError(
            f"the form 'completion' carries rows whose last message alone is learnt, at weight 1; example "
            f"{example.id} is not such a row. Export it as 'schoolroom'."
        )
    prompt = "\n\n".join(message.content for message in said)
    return {"prompt": f"{prompt}\n\n", "completion": reply.content}
