"""A server as people write them with FastMCP: structured output, nested models, pictures, links, progress."""

from typing import Annotated

from fastmcp import Context, FastMCP
from fastmcp.utilities.types import Image
from mcp.types import ResourceLink
from pydantic import BaseModel, Field

server = FastMCP("harbour")


class Address(BaseModel):
    street: str
    city: str = "Rotterdam"


class Ship(BaseModel):
    name: Annotated[str, Field(description="as it is painted on")]
    tonnage: float
    home: Address
    flags: list[str] = []


@server.tool
def measure(ship: Ship, unit: str = "t") -> Ship:
    """Takes a nested model and gives it back: $ref in, structured content out."""
    return ship.model_copy(update={"flags": [*ship.flags, unit]})


@server.tool
def add(a: int, b: int) -> int:
    """A plain number: FastMCP wraps it as structured content."""
    return a + b


@server.tool
def picture() -> Image:
    """One red point."""
    data = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
        "789c63fccfc0f01f0005050201788fd2030000000049454e44ae426082"
    )
    return Image(data=data, format="png")


@server.tool
def link() -> ResourceLink:
    """Where the chart lies."""
    return ResourceLink(type="resource_link", uri="chart://harbour", name="chart", mimeType="text/plain")


@server.tool
def fail(why: str) -> str:
    """Fails as its caller likes."""
    raise ValueError(why)


@server.tool
async def load(boxes: int, ctx: Context) -> str:
    """Tells its progress."""
    for box in range(boxes):
        await ctx.report_progress(box + 1, boxes)
    return f"loaded {boxes}"


@server.resource("chart://harbour")
def chart() -> str:
    return "here be cranes"


@server.prompt
def greet(captain: str) -> str:
    return f"Greet {captain}."


if __name__ == "__main__":
    server.run(show_banner=False)
