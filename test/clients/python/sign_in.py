"""One Python client of MCP that signs in its user: the SDK's own OAuthClientProvider, a line in, a line out.

    sign_in.py first|second     with MCP_URL and MCP_CALLBACK in the environment

It says where its user is to be sent ({"sent": url}), hears what the browser came back with ({"back": {...}}),
and answers {"op": "call" | "spoil"}; it connects with the first of them. {"op": "spoil"} makes it believe that
its access token is over, and answers its refresh token.
"""

import asyncio
import contextlib
import json
import os
import sys

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

URL = os.environ["MCP_URL"]


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def hear():
    return json.loads(await asyncio.to_thread(sys.stdin.readline) or "null")


class Kept:
    """Keeps, and decides nothing."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def sent(url):
    tell({"sent": url})


async def came_back_first():
    answer = (await hear())["back"]
    return answer["code"], answer["state"]


async def came_back_second():
    from mcp.client.auth import AuthorizationCodeResult

    return AuthorizationCodeResult(**(await hear())["back"])


KEPT = Kept()
METADATA = OAuthClientMetadata(
    client_name="Desk",
    redirect_uris=[os.environ["MCP_CALLBACK"]],
    grant_types=["authorization_code", "refresh_token"],
    response_types=["code"],
    token_endpoint_auth_method="none",
)


@contextlib.asynccontextmanager
async def first():
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    auth = OAuthClientProvider(URL, METADATA, KEPT, sent, came_back_first)
    async with streamablehttp_client(URL, auth=auth) as (reading, writing, _):
        async with ClientSession(reading, writing) as session:
            await session.initialize()
            yield session, auth


@contextlib.asynccontextmanager
async def second():
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    auth = OAuthClientProvider(URL, METADATA, KEPT, sent, came_back_second)
    async with httpx2.AsyncClient(auth=auth, timeout=30) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            yield client, auth


async def answer(client, auth, ask):
    if ask["op"] == "spoil":
        auth.context.token_expiry_time = 1
        return {"refresh": KEPT.tokens.refresh_token}
    result = await client.call_tool(ask["tool"], ask["args"])
    failed = getattr(result, "isError", getattr(result, "is_error", None))
    text = "\n".join(getattr(part, "text", "") for part in result.content)
    record = (result.meta or {}).get("dev.bailiwick/record")
    return {"isError": bool(failed), "text": text, "record": record}


async def serve(client, auth, ask):
    """Until there is nothing more to do, or its session is over: that one does not begin another itself."""
    while ask:
        over = False
        try:
            tell(await answer(client, auth, ask))
        except Exception as fault:  # noqa: BLE001 - whatever it raises is the finding
            tell({"isError": True, "text": f"{type(fault).__name__}: {fault}"})
            over = "Session terminated" in str(fault)
        ask = await hear()
        if over:
            break
    return ask


async def main():
    kind = first if sys.argv[1] == "first" else second
    ask = await hear()
    while ask:
        async with kind() as (client, auth):
            ask = await serve(client, auth, ask)


asyncio.run(main())
