import { setTimeout as later } from 'node:timers/promises';
import { callTool, listTools } from '../e2e/wire.ts';
import {
  type Doors,
  type Ended,
  faultOf,
  type Framework,
  mostTurns,
  type Task,
} from './framework.ts';

/** No framework at all: a loop over `fetch` that does whatever the model says, listed or not. */
export const bareAgent: Framework = {
  name: 'a scripted agent over fetch',
  runtime: 'node',
  asksForUnlisted: true,
  start: (doors) =>
    Promise.resolve({
      run: (task) => loop(doors, task).catch(faultOf),
      close: () => Promise.resolve(),
    }),
};

interface Message {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

async function loop({ mcp, llm, model }: Doors, { prompt, bearer }: Task): Promise<Ended> {
  const send = bearing(bearer);
  const { body } = await listTools(send, mcp);
  const tools = (body.result?.tools ?? []).map(({ name, inputSchema }) => ({
    type: 'function',
    function: { name, parameters: inputSchema },
  }));
  const messages: Message[] = [{ role: 'user', content: prompt }];
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const said = await asked(send, `${llm}/chat/completions`, { model, messages, tools });
    messages.push(said);
    if (said.tool_calls === undefined) return { as: 'answer', text: said.content ?? '' };
    const answers = said.tool_calls.map(async ({ id, function: { name, arguments: args } }) => {
      const { text, body: answer } = await callTool(send, mcp, name, JSON.parse(args));
      const content = answer.error === undefined ? text : JSON.stringify(answer.error);
      return { role: 'tool', tool_call_id: id, content };
    });
    messages.push(...(await Promise.all(answers)));
  }
  throw new Error('it never came to an end');
}

function bearing(bearer: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${bearer}`);
    return fetch(input, { ...init, headers });
  };
}

/** Waits as often as it is told to, as the clients of this API do by themselves. */
async function asked(send: typeof fetch, url: string, body: unknown): Promise<Message> {
  for (let tries = 0; ; tries += 1) {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status === 200) {
      const { choices } = JSON.parse(text) as { choices: readonly { message: Message }[] };
      const message = choices[0]?.message;
      if (message !== undefined) return message;
    }
    if (response.status !== 429 || tries === 5) throw new Error(`${response.status} ${text}`);
    await later(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
}
