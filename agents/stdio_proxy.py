"""Runs inside the sandbox: an MCP server on standard input and output that passes each message on to the board.

Only the standard library, `python3 -I -S`. For programs that speak to MCP servers by stdio alone; TEAMBOARD_URL and
TEAMBOARD_TOKEN are in its environment.
"""

import http.client
import json
import os
import sys
from urllib.parse import urlsplit


def main() -> None:
    for line in sys.stdin:
        if line.strip():
            answer = passed_on(line)
            if answer:
                print(answer, flush=True)


def passed_on(line: str) -> str:
    """The board's answer on one line; what wants none gets none."""
    try:
        status, body = post(line.encode())
    except OSError as problem:
        return error(line, f"The board cannot be reached: {problem}.")
    if not body:
        return ""
    try:
        answer = json.loads(body)
    except ValueError:
        return error(line, f"The board answered {status}: {body[:500].decode('utf-8', 'replace')}")
    return error(line, answer["error"]["message"]) if status >= 400 else json.dumps(answer)


def post(body: bytes) -> "tuple[int, bytes]":
    there = urlsplit(os.environ["TEAMBOARD_URL"])
    headers = {
        "Authorization": f"Bearer {os.environ['TEAMBOARD_TOKEN']}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
    try:
        connection.request("POST", there.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def error(line: str, sentence: str) -> str:
    """Under the id of the request, or the asker waits for ever."""
    try:
        key = json.loads(line).get("id")
    except (ValueError, AttributeError):
        key = None
    return json.dumps({"jsonrpc": "2.0", "id": key, "error": {"code": -32603, "message": sentence}})


if __name__ == "__main__":
    main()
