"""The client of language models under the name that it had when every call went through litellm."""

from .llm_client import CallLog, LLMSettings, call_log
from .llm_client import LLMClient as LiteLLMClient

__all__ = ["CallLog", "LLMSettings", "LiteLLMClient", "call_log"]
