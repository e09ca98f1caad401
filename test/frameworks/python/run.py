"""Runs agents of one Python framework: reads {"prompt": ..., "bearer": ...} from stdin and answers, a line each.

    run.py KIND      with MCP_URL, LLM_URL and MODEL in the environment

Each line is a new agent. What the framework raises is told as it is.
"""

import asyncio
import json
import os
import sys

MCP = os.environ["MCP_URL"]
LLM = os.environ["LLM_URL"]
MODEL = os.environ["MODEL"]
MOST_TURNS = int(os.environ["MOST_TURNS"])


async def openai_agents(prompt, bearer):
    from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
    from agents.mcp import MCPServerStreamableHttp
    from openai import AsyncOpenAI

    set_tracing_disabled(True)
    model = OpenAIChatCompletionsModel(model=MODEL, openai_client=AsyncOpenAI(base_url=LLM, api_key=bearer))
    headers = {"Authorization": f"Bearer {bearer}"}
    async with MCPServerStreamableHttp(params={"url": MCP, "headers": headers}) as server:
        agent = Agent(name="scripted", model=model, mcp_servers=[server])
        return (await Runner.run(agent, prompt, max_turns=MOST_TURNS)).final_output


async def langchain(prompt, bearer):
    from langchain.agents import create_agent
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langchain_mcp_adapters.tools import load_mcp_tools
    from langchain_openai import ChatOpenAI

    headers = {"Authorization": f"Bearer {bearer}"}
    client = MultiServerMCPClient({"gateway": {"transport": "streamable_http", "url": MCP, "headers": headers}})
    async with client.session("gateway") as session:
        model = ChatOpenAI(model=MODEL, base_url=LLM, api_key=bearer)
        agent = create_agent(model, await load_mcp_tools(session))
        asked = {"messages": [{"role": "user", "content": prompt}]}
        result = await agent.ainvoke(asked, {"recursion_limit": 4 * MOST_TURNS})
        return result["messages"][-1].content


KINDS = {"openai-agents": openai_agents, "langchain": langchain}


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main():
    run = KINDS[sys.argv[1]]
    tell({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        task = json.loads(line)
        try:
            tell({"as": "answer", "text": str(await run(task["prompt"], task["bearer"]))})
        except BaseException as fault:  # noqa: BLE001 - whatever it raises is the finding
            inner = fault
            while isinstance(inner, BaseExceptionGroup) and inner.exceptions:
                inner = inner.exceptions[0]
            tell({"as": "fault", "text": f"{type(inner).__name__}: {str(inner)[:300]}"})


asyncio.run(main())
