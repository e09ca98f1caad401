import { stranger } from '../clients/strangers.ts';
import {
  type Doors,
  type Ended,
  faultOf,
  type Framework,
  mostTurns,
  type Task,
} from './framework.ts';

interface Ai {
  readonly streamText: (options: unknown) => { readonly text: PromiseLike<string> };
  readonly stepCountIs: (count: number) => unknown;
}

interface Mcp {
  readonly createMCPClient: (options: unknown) => Promise<{
    tools(): Promise<object>;
    close(): Promise<void>;
  }>;
}

interface Compatible {
  readonly createOpenAICompatible: (options: unknown) => (model: string) => unknown;
}

/** Its tools over `@ai-sdk/mcp`, its model streamed over `@ai-sdk/openai-compatible`. */
export const aiSdk: Framework = {
  name: 'ai 7.0.173',
  runtime: 'node',
  start: (doors) =>
    Promise.resolve({
      run: (task) => run(doors, task).catch(faultOf),
      close: () => Promise.resolve(),
    }),
};

async function run({ mcp, llm, model }: Doors, { prompt, bearer }: Task): Promise<Ended> {
  const load = <T>(name: string): Promise<T> => import(stranger(name)) as Promise<T>;
  const { streamText, stepCountIs } = await load<Ai>('ai');
  const { createMCPClient } = await load<Mcp>('@ai-sdk/mcp');
  const { createOpenAICompatible } = await load<Compatible>('@ai-sdk/openai-compatible');
  const headers = { authorization: `Bearer ${bearer}` };
  const client = await createMCPClient({ transport: { type: 'http', url: mcp, headers } });
  try {
    const provider = createOpenAICompatible({ name: 'gateway', baseURL: llm, apiKey: bearer });
    let fault: unknown;
    const streamed = streamText({
      model: provider(model),
      tools: await client.tools(),
      stopWhen: stepCountIs(mostTurns),
      prompt,
      onError: ({ error }: { error: unknown }) => (fault = error),
    });
    const text = await streamed.text;
    return fault === undefined ? { as: 'answer', text } : faultOf(fault);
  } finally {
    await client.close();
  }
}
