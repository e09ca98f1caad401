import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dialogue } from '../clients/line-client.ts';
import { python } from '../clients/python-clients.ts';
import { type Ended, type Framework, mostTurns } from './framework.ts';

const source = join(import.meta.dirname, 'python/run.py');

/** One process for all of its agents: to load a framework takes seconds. */
function framework(name: string, kind: string): Framework {
  return {
    name,
    runtime: 'python',
    async start({ mcp, llm, model }) {
      const child = spawn(python('first'), [source, kind], {
        env: {
          ...process.env,
          MCP_URL: mcp,
          LLM_URL: llm,
          MODEL: model,
          MOST_TURNS: `${mostTurns}`,
        },
      });
      const ask = dialogue(child);
      const ready = await ask(undefined);
      if (ready['ready'] !== true) throw new Error(JSON.stringify(ready));
      return {
        run: async (task) => (await ask({ ...task })) as unknown as Ended,
        async close() {
          child.stdin.end();
          if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
        },
      };
    },
  };
}

export const pythonFrameworks: readonly Framework[] = [
  framework('openai-agents 0.24.0', 'openai-agents'),
  framework('langchain 1.5.0 on langgraph', 'langchain'),
];
