"""The four ways in which programs ask a model and are answered."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from tests.model_server.script import Answer, Asked

Json = dict[str, Any]
# What each answer costs, as each provider tells it: 160 in (33 of them cached), 25 out.
INPUT, CACHED, OUTPUT = 160, 33, 25


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


def _texts(content: Any) -> Iterator[Json]:
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    elif isinstance(content, list):
        yield from (part for part in content if isinstance(part, dict))


class Anthropic:
    ends = "/messages"

    @staticmethod
    def read(body: Json) -> Asked:
        asked = Asked(str(body.get("model")), stream=bool(body.get("stream")))
        for tool in body.get("tools") or []:
            if "name" in tool:
                asked.tools[tool["name"]] = (tool.get("input_schema") or {}).get("properties") or {}
        for message in body.get("messages") or []:
            for part in _texts(message.get("content")):
                if part.get("type") == "tool_result":
                    asked.result()
                elif part.get("type") == "text" and message.get("role") == "user":
                    asked.text(part["text"])
        return asked

    @staticmethod
    def _usage() -> Json:
        return {
            "input_tokens": INPUT - CACHED - 7, "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": CACHED, "output_tokens": OUTPUT,
        }  # fmt: skip

    @classmethod
    def _message(cls, asked: Asked, said: Answer) -> Json:
        block = {"type": "text", "text": said.text}
        if said.call:
            block = {"type": "tool_use", "id": _id("toolu"), "name": said.call.name, "input": said.call.arguments}
        return {
            "id": _id("msg"), "type": "message", "role": "assistant", "model": asked.model, "content": [block],
            "stop_reason": "tool_use" if said.call else "end_turn", "stop_sequence": None, "usage": cls._usage(),
        }  # fmt: skip

    @classmethod
    def whole(cls, asked: Asked, said: Answer) -> Json:
        return cls._message(asked, said)

    @classmethod
    def events(cls, asked: Asked, said: Answer) -> Iterator[tuple[str, Any]]:
        message = cls._message(asked, said)
        block = message["content"][0]
        begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
        yield "message_start", {"type": "message_start", "message": begun}
        empty = {**block, "input": {}} if said.call else {"type": "text", "text": ""}
        yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": empty}
        delta = {"type": "text_delta", "text": said.text}
        if said.call:
            delta = {"type": "input_json_delta", "partial_json": json.dumps(said.call.arguments)}
        yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": 0}
        end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        yield "message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": OUTPUT}}
        yield "message_stop", {"type": "message_stop"}


class Chat:
    ends = "/chat/completions"
    usage = {
        "prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT,
        "prompt_tokens_details": {"cached_tokens": CACHED},
    }  # fmt: skip

    @staticmethod
    def read(body: Json) -> Asked:
        asked = Asked(str(body.get("model")), stream=bool(body.get("stream")))
        for tool in body.get("tools") or []:
            function = tool.get("function") or {}
            asked.tools[str(function.get("name"))] = (function.get("parameters") or {}).get("properties") or {}
        for message in body.get("messages") or []:
            if message.get("role") == "tool":
                asked.result()
            elif message.get("role") == "user":
                for part in _texts(message.get("content")):
                    asked.text(str(part.get("text", "")))
        return asked

    @classmethod
    def _base(cls, asked: Asked) -> Json:
        return {"id": _id("chatcmpl"), "created": 1, "model": asked.model}

    @staticmethod
    def _calls(said: Answer) -> list[Json]:
        assert said.call
        function = {"name": said.call.name, "arguments": json.dumps(said.call.arguments)}
        return [{"index": 0, "id": _id("call"), "type": "function", "function": function}]

    @classmethod
    def whole(cls, asked: Asked, said: Answer) -> Json:
        message: Json = {"role": "assistant", "content": said.text or None}
        if said.call:
            message["tool_calls"] = cls._calls(said)
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if said.call else "stop"}
        return {**cls._base(asked), "object": "chat.completion", "choices": [choice], "usage": cls.usage}

    @classmethod
    def events(cls, asked: Asked, said: Answer) -> Iterator[tuple[str, Any]]:
        base = {**cls._base(asked), "object": "chat.completion.chunk"}
        delta: Json = {"role": "assistant", "content": said.text or None}
        if said.call:
            delta["tool_calls"] = cls._calls(said)
        yield "", {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        end = "tool_calls" if said.call else "stop"
        yield "", {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": end}]}
        yield "", {**base, "choices": [], "usage": cls.usage}
        yield "", "[DONE]"


class Responses:
    ends = "/responses"
    usage = {
        "input_tokens": INPUT, "input_tokens_details": {"cached_tokens": CACHED}, "output_tokens": OUTPUT,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": INPUT + OUTPUT,
    }  # fmt: skip

    @staticmethod
    def read(body: Json) -> Asked:
        asked = Asked(str(body.get("model")), stream=bool(body.get("stream")))
        for tool in body.get("tools") or []:
            if tool.get("type") == "custom":
                asked.custom.append(str(tool.get("name")))
            elif "name" in tool:
                asked.tools[tool["name"]] = (tool.get("parameters") or {}).get("properties") or {}
        given = body.get("input")
        for item in given if isinstance(given, list) else [{"role": "user", "content": given}]:
            if str(item.get("type", "")).endswith("_call_output"):
                asked.result()
            elif item.get("role") == "user":
                for part in _texts(item.get("content")):
                    asked.text(str(part.get("text", "")))
        return asked

    @staticmethod
    def _item(said: Answer) -> Json:
        if said.call and said.call.name == "exec":
            code = "const r = await tools.exec_command({cmd: %s}); text(r.output ?? 'ok');"
            order = code % json.dumps(said.call.arguments["command"])
            return {
                "type": "custom_tool_call", "id": _id("ctc"), "call_id": _id("call"), "name": "exec", "input": order,
                "status": "completed",
            }  # fmt: skip
        if said.call:
            return {
                "type": "function_call", "id": _id("fc"), "call_id": _id("call"), "name": said.call.name,
                "arguments": json.dumps(said.call.arguments), "status": "completed",
            }  # fmt: skip
        part = {"type": "output_text", "text": said.text, "annotations": []}
        return {"type": "message", "id": _id("msg"), "role": "assistant", "status": "completed", "content": [part]}

    @classmethod
    def whole(cls, asked: Asked, said: Answer) -> Json:
        return {
            "id": _id("resp"), "object": "response", "created_at": 1, "status": "completed", "model": asked.model,
            "output": [cls._item(said)], "usage": cls.usage, "error": None, "incomplete_details": None,
            "parallel_tool_calls": False, "tools": [], "tool_choice": "auto", "metadata": {},
        }  # fmt: skip

    @classmethod
    def events(cls, asked: Asked, said: Answer) -> Iterator[tuple[str, Any]]:
        whole = cls.whole(asked, said)
        item = whole["output"][0]
        begun = {**whole, "status": "in_progress", "output": [], "usage": None}
        told: list[tuple[str, Json]] = [("response.created", {"response": begun})]
        empty = {**item, "content": []} if item["type"] == "message" else item
        told.append(("response.output_item.added", {"output_index": 0, "item": empty}))
        if item["type"] == "message":
            where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
            told.append(("response.output_text.delta", {**where, "delta": said.text}))
            told.append(("response.output_text.done", {**where, "text": said.text}))
        told.append(("response.output_item.done", {"output_index": 0, "item": item}))
        told.append(("response.completed", {"response": whole}))
        for number, (kind, fields) in enumerate(told, 1):
            yield kind, {"type": kind, "sequence_number": number, **fields}


class Gemini:
    ends = "generatecontent"

    @staticmethod
    def read(body: Json) -> Asked:
        asked = Asked("gemini")
        for tool in body.get("tools") or []:
            for declared in tool.get("functionDeclarations") or []:
                schema = declared.get("parametersJsonSchema") or declared.get("parameters") or {}
                asked.tools[declared["name"]] = schema.get("properties") or {}
        for content in body.get("contents") or []:
            for part in content.get("parts") or []:
                if "functionResponse" in part:
                    asked.result()
                elif "text" in part and content.get("role") == "user":
                    asked.text(part["text"])
        return asked

    @classmethod
    def whole(cls, asked: Asked, said: Answer) -> Json:
        part: Json = {"text": said.text}
        if said.call:
            part = {"functionCall": {"name": said.call.name, "args": said.call.arguments}}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        usage = {
            "promptTokenCount": INPUT, "candidatesTokenCount": OUTPUT, "totalTokenCount": INPUT + OUTPUT,
            "cachedContentTokenCount": CACHED,
        }  # fmt: skip
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}

    @classmethod
    def events(cls, asked: Asked, said: Answer) -> Iterator[tuple[str, Any]]:
        yield "", cls.whole(asked, said)


DIALECTS = (Anthropic, Chat, Responses, Gemini)
