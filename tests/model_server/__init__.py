"""A scripted stand-in for the providers of models, on loopback: Anthropic, OpenAI (chat, responses) and Gemini."""

from tests.model_server.server import ModelServer

__all__ = ["ModelServer"]
