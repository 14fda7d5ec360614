"""The server's side of the Model Context Protocol for a handful of tools: JSON-RPC, one answer to one message.

It keeps no session and pushes nothing, so that one POST is all there is. The official package would bring a second web
framework, its own event loop and a dozen dependencies for these three methods; the tests speak to us with its client.
"""

from typing import Any

from teamboard import __version__
from teamboard.lib.refusal import Refused
from teamboard.mcp import tools
from teamboard.runs import actions
from teamboard.runs.actions import Claim

Json = dict[str, Any]
VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
NOT_A_REQUEST, NO_METHOD, NO_TOOL = -32600, -32601, -32602
INSTRUCTIONS = (
    "You work for a board where people watch, answer and review. Report progress when you begin a new part. "
    "Ask with ask_architect when a choice is not yours to make; it returns a ticket at once, and the answer comes as "
    "your next message. End your turn when you are done: the board collects your commits and runs the checks."
)


def answer(claim: Claim, message: Any) -> Json | None:
    """None for what wants no answer: notifications, and answers to what we never ask."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return failed(None, NOT_A_REQUEST, "Send one JSON-RPC 2.0 message as an object; several go one by one.")
    key, method = message.get("id"), message.get("method")
    if key is None or not isinstance(method, str):
        return None
    if isinstance(key, bool) or not isinstance(key, str | int):
        return failed(None, NOT_A_REQUEST, "The id must be text or a whole number.")
    params = message.get("params") or {}
    if not isinstance(params, dict):
        return failed(key, NOT_A_REQUEST, "The params must be an object.")
    return _asked(claim, key, method, params)


def _asked(claim: Claim, key: str | int, method: str, params: Json) -> Json:
    if method == "initialize":
        return _result(key, _initialized(params))
    if method == "ping":
        return _result(key, {})
    if method == "tools/list":
        return _result(key, {"tools": [tool.told() for tool in tools.TOOLS.values()]})
    if method == "tools/call":
        return _called(claim, key, params)
    return failed(key, NO_METHOD, f"The board does not know the method {method[:60]!r}; it has tools only.")


def _initialized(params: Json) -> Json:
    wished = params.get("protocolVersion")
    return {
        "protocolVersion": wished if wished in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "teamboard", "title": "Teamboard", "version": __version__},
        "instructions": INSTRUCTIONS,
    }


def _called(claim: Claim, key: str | int, params: Json) -> Json:
    """What the tool refuses is its result, for the model to read and to put right."""
    name = params.get("name")
    tool = tools.TOOLS.get(name) if isinstance(name, str) else None
    try:
        if tool is None:
            return failed(key, NO_TOOL, _no_tool(claim, str(name)))
        text, refused = tools.call(claim, tool, params.get("arguments") or {}), False
    except Refused as problem:
        text, refused = str(problem), True
    return _result(key, {"content": [{"type": "text", "text": text}], "isError": refused})


def _no_tool(claim: Claim, name: str) -> str:
    sentence = f"There is no tool of that name. There are: {', '.join(tools.TOOLS)}."
    actions.refuse_too_many(claim)
    actions.record_call(claim, name, "", sentence, refused=True)
    return sentence


def _result(key: str | int, result: Json) -> Json:
    return {"jsonrpc": "2.0", "id": key, "result": result}


def failed(key: str | int | None, code: int, message: str) -> Json:
    return {"jsonrpc": "2.0", "id": key, "error": {"code": code, "message": message}}
