"""A chat on the official Python SDK, 2.x, whose user can be sent to a page: one call, staged until somebody says yes.

    asked_page.py MODE AMOUNT     with MCP_URL and MCP_BEARER in the environment

Tells, a line each, to which page it was sent, and what the call said.
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

URL = os.environ["MCP_URL"]
HEADERS = {"Authorization": f"Bearer {os.environ['MCP_BEARER']}"}


def tell(**told):
    print(json.dumps(told), flush=True)


async def opened(_, params):
    tell(asked=params.model_dump(mode="json", by_alias=True, exclude_none=True))
    return types.ElicitResult(action="accept")


async def main(mode, amount):
    async with httpx2.AsyncClient(headers=HEADERS, timeout=120) as http:
        transport = streamable_http_client(URL, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=opened) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            pay = next(name for name in names if name.endswith("pay"))
            result = await client.call_tool(pay, {"to": "bob", "amount": amount})
            tell(said="\n".join(getattr(part, "text", "") or "" for part in result.content))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
