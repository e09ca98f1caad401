import type { Attached, ForeignClient, Said } from '../clients/client.ts';
import type { ForeignServer } from './server.ts';
import { askDirectly, gatewayFor, type Shown } from './trial.ts';

export interface Cell {
  readonly client: string;
  readonly server: string;
  /** The same tools were listed, by name. */
  readonly lists: boolean;
  /** How many answers were word for word those that the server gives directly, of how many. */
  readonly same: number;
  readonly asked: number;
  readonly why?: string;
}

/** Each client before one server, through the gateway, against what the server says when it is asked directly. */
export async function cellsOf(
  server: ForeignServer,
  clients: readonly ForeignClient[],
): Promise<readonly Cell[]> {
  const direct = await askDirectly(server);
  const names = direct.tools.map(({ name }) => name);
  const gateway = await gatewayFor(server, names);
  try {
    const cells: Cell[] = [];
    for (const client of clients) cells.push(await cell(client, server, direct, gateway.url));
    return cells;
  } finally {
    await gateway.close();
  }
}

async function cell(
  client: ForeignClient,
  server: ForeignServer,
  direct: Shown,
  url: string,
): Promise<Cell> {
  const calls = server.calls.flatMap((call, at) => (call.uneven === true ? [] : [{ call, at }]));
  const told = { client: client.name, server: server.name, asked: calls.length };
  let attached: Attached | undefined;
  try {
    // The way to the gateway adds the bearer: what the client says is one that is written over.
    attached = await client.attach(url, 'of-the-forwarder');
    const listed = (await attached.list()).toSorted();
    const lists = listed.join() === direct.tools.map(({ name }) => name).join();
    let same = 0;
    for (const { call, at } of calls) {
      const said = await attached.call(call.tool, call.arguments);
      if (call.differs === true ? said.as === 'result' : isSame(said, direct.answers[at]))
        same += 1;
    }
    return { ...told, lists, same };
  } catch (fault) {
    return { ...told, lists: false, same: 0, why: String(fault).slice(0, 200) };
  } finally {
    await attached?.close();
  }
}

/** What a client makes of an answer is its texts and whether it failed; some leave out what is no text. */
function isSame({ as, text }: Said, direct: unknown): boolean {
  const { content, isError } = direct as {
    content?: readonly { readonly text?: string }[];
    isError?: boolean;
  };
  const words = (content ?? []).map((part) => part.text ?? '').join('\n');
  const squeezed = (value: string) => value.replace(/\n+/g, '\n').trim();
  return (as === 'tool error') === (isError === true) && squeezed(text) === squeezed(words);
}
