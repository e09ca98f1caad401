"""Drives one Python client of MCP: reads {"op": ...} from stdin and answers, a line each.

    driver.py KIND      with MCP_URL and MCP_BEARER in the environment

The connection is opened once and kept from the first line to the last. What the client library raises is told
as it is: an error of the protocol, or an exception.
"""

import asyncio
import contextlib
import json
import os
import sys

URL = os.environ["MCP_URL"]
HEADERS = {"Authorization": f"Bearer {os.environ['MCP_BEARER']}"}


def said(result, progress=None):
    failed = getattr(result, "isError", None)
    failed = getattr(result, "is_error", failed)
    told = {
        "as": "tool error" if failed else "result",
        "text": "\n".join(getattr(part, "text", "") or "" for part in result.content),
    }
    return told if progress is None else {**told, "progress": progress}


def raised(fault):
    inner = fault
    while isinstance(inner, BaseExceptionGroup) and inner.exceptions:
        inner = inner.exceptions[0]
    code = getattr(getattr(inner, "error", None), "code", getattr(inner, "code", None))
    is_protocol = isinstance(code, int) and code < -32000
    return {"as": "protocol error" if is_protocol else "exception", "text": f"{type(inner).__name__}: {inner}"}


class Counter:
    """Counts notices of progress."""

    def __init__(self):
        self.count = 0

    async def __call__(self, *_):
        self.count += 1


@contextlib.asynccontextmanager
async def first_sdk():
    """The official SDK, 1.x: a session over streams."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(URL, headers=HEADERS) as (reading, writing, _):
        async with ClientSession(reading, writing) as session:
            await session.initialize()

            async def names():
                return [tool.name for tool in (await session.list_tools()).tools]

            async def call(tool, args):
                progress = Counter()
                result = await session.call_tool(tool, args, progress_callback=progress)
                return said(result, progress.count)

            yield names, call


def second_sdk(mode):
    """The official SDK, 2.x: one client for both eras."""

    @contextlib.asynccontextmanager
    async def opened():
        import httpx2
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        async with httpx2.AsyncClient(headers=HEADERS, timeout=30) as http:
            async with Client(streamable_http_client(URL, http_client=http), mode=mode) as client:

                async def names():
                    return [tool.name for tool in (await client.list_tools()).tools]

                async def call(tool, args):
                    progress = Counter()
                    result = await client.call_tool(tool, args, progress_callback=progress)
                    return said(result, progress.count)

                yield names, call

    return opened


@contextlib.asynccontextmanager
async def fast_mcp():
    from fastmcp import Client
    from fastmcp.client.transports import StreamableHttpTransport

    async with Client(StreamableHttpTransport(URL, headers=HEADERS)) as client:

        async def names():
            return [tool.name for tool in await client.list_tools()]

        async def call(tool, args):
            progress = Counter()
            result = await client.call_tool(tool, args, raise_on_error=False, progress_handler=progress)
            return said(result, progress.count)

        yield names, call


@contextlib.asynccontextmanager
async def openai_agents():
    from agents.mcp import MCPServerStreamableHttp

    async with MCPServerStreamableHttp(params={"url": URL, "headers": HEADERS}) as server:

        async def names():
            return [tool.name for tool in await server.list_tools()]

        async def call(tool, args):
            return said(await server.call_tool(tool, args))

        yield names, call


@contextlib.asynccontextmanager
async def langchain():
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langchain_mcp_adapters.tools import load_mcp_tools

    connection = {"transport": "streamable_http", "url": URL, "headers": HEADERS}
    client = MultiServerMCPClient({"gateway": connection})
    async with client.session("gateway") as session:
        # What a framework would be given: tools with no way around them.
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}

        async def names():
            return list(tools)

        async def call(name, args):
            if name not in tools:
                return {"as": "protocol error", "text": "unknown to the client itself"}
            asked = {"name": name, "args": args, "id": "1", "type": "tool_call"}
            message = await tools[name].ainvoke(asked)
            content = message.content
            text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
            return {"as": "tool error" if message.status == "error" else "result", "text": text}

        yield names, call


KINDS = {
    "mcp-1": first_sdk,
    "mcp-2-auto": second_sdk("auto"),
    "mcp-2-legacy": second_sdk("legacy"),
    "fastmcp": fast_mcp,
    "openai-agents": openai_agents,
    "langchain": langchain,
}


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main():
    async with KINDS[sys.argv[1]]() as (names, call):
        tell({"ready": True})
        while line := await asyncio.to_thread(sys.stdin.readline):
            ask = json.loads(line)
            try:
                tell({"tools": await names()} if ask["op"] == "list" else await call(ask["tool"], ask["args"]))
            except Exception as fault:  # noqa: BLE001 - whatever it raises is the finding
                tell(raised(fault))


asyncio.run(main())
