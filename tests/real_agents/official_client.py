"""Run by the Python that has the official `mcp` package: says what its client hears from the board, as JSON."""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        good = await client.call_tool("report_progress", {"note": "by the book", "percent": 50})
        bad = await client.call_tool("report_progress", {"note": ""})
        told = [[result.is_error, result.content[0].text] for result in (good, bad)]
        print(json.dumps({"tools": tools, "told": told}))


asyncio.run(main(*sys.argv[1:]))
