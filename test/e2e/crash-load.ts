import type { TestAgent } from './instance.ts';
import { callTool, type ToolAnswer } from './wire.ts';

/** What a caller knows of one call: its own mark in the arguments, and the answer if there was one. */
export interface LoadCall {
  readonly mark: string;
  readonly tool: string;
  /** Undefined: the connection broke before an answer came. */
  readonly answer: ToolAnswer | undefined;
}

export interface Load {
  readonly calls: readonly LoadCall[];
  /** Calls that succeeded so far. */
  succeeded(): number;
  stop(): Promise<void>;
}

/** One that reads, one that writes. */
const tools = ['fake.echo', 'fake.note'] as const;

const whileAwayMs = 60;

/** Several agents that call without a pause, through every restart, each call marked as its own. */
export function startLoad(
  agents: readonly TestAgent[],
  gateway: string,
  options: { readonly connections: number; readonly pauseMs: number },
): Load {
  const calls: LoadCall[] = [];
  let succeeded = 0;
  const end = new AbortController();
  const once = async (agent: TestAgent, mark: string, tool: string): Promise<void> => {
    try {
      const answer = await callTool(agent.fetch, gateway, tool, { text: mark });
      calls.push({ mark, tool, answer });
      if (answer.told === undefined && !answer.isError) succeeded += 1;
    } catch {
      calls.push({ mark, tool, answer: undefined });
      await pause(whileAwayMs);
    }
  };
  const connection = async (agent: TestAgent, name: string): Promise<void> => {
    for (let number = 0; !end.signal.aborted; number += 1) {
      await once(agent, `mark-${name}-${number}`, tools[number % tools.length] ?? 'fake.echo');
      await pause(options.pauseMs);
    }
  };
  const running = agents.flatMap((agent, at) =>
    Array.from({ length: options.connections }, (_, line) => connection(agent, `${at}-${line}`)),
  );
  return {
    calls,
    succeeded: () => succeeded,
    async stop() {
      end.abort();
      await Promise.all(running);
    },
  };
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export async function until(holds: () => boolean, withinMs: number, what: string): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it did not come to this: ${what}`);
    await pause(5);
  }
}
