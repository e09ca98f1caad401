import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from './connection.ts';
import { openedArguments, readWholeLog } from './crash-log.ts';
import { seeded } from '../fakes/seeded.ts';
import { parseExposition } from './exposition.ts';
import { askServer, type HostileWorld, startHostileWorld } from './hostile-world.ts';
import {
  freshen,
  handshakeBytes,
  openWire,
  type Request,
  requestBytes,
  type Revision,
  revisions,
  type Wire,
} from './leaving-client.ts';

const rounds = Math.ceil(Number(process.env['BAILIWICK_HOSTILE_CASES'] ?? 24) / 24);
const seed = Number(process.env['BAILIWICK_HOSTILE_SEED'] ?? 9);

/** What of a request has left before its client does; the rest of a step is what it waits for. */
const cuts = {
  'in its first line': () => 7,
  'in a header': (bytes: Buffer) => bytes.indexOf('dpop: ') + 40,
  'after its head': (bytes: Buffer) => bytes.indexOf('\r\n\r\n') + 4,
  'in its body': (bytes: Buffer) => bytes.indexOf('\r\n\r\n') + 30,
  'before its last byte': (bytes: Buffer) => bytes.length - 1,
} as const;
const steps = [
  ...(Object.keys(cuts) as (keyof typeof cuts)[]),
  'when it has asked',
  'while it waits',
  'in mid-answer',
  'when it is held',
  'when it is asked',
] as const;
type Step = (typeof steps)[number];

interface Left {
  readonly step: Step;
  readonly revision: Revision;
  readonly word: string;
}

let world: HostileWorld;
let client: Client;
const left: Left[] = [];

beforeAll(async () => {
  world = await startHostileWorld();
  client = await clientOf(world.agent, world.instance.gateway);
}, 60_000);
afterAll(() => world?.instance.remove());

async function leaveAt({ step, revision, word }: Left, how: Parameters<Wire['leave']>[0]) {
  await freshen(client);
  const session = step === 'when it is asked' ? await begin(revision) : undefined;
  if (session !== undefined) await freshen(client);
  const request: Request = { revision, tool: toolAt(step), word, talks: talks(step), session };
  const bytes = requestBytes(client, request);
  const wire = await openWire(client);
  if (step in cuts) {
    const cut = cuts[step as keyof typeof cuts];
    await wire.send(bytes.subarray(0, cut(bytes)));
  } else {
    await waitAt(step, wire, bytes, word);
  }
  wire.leave(how);
}

function toolAt(step: Step): string {
  if (step === 'when it is held') return 'good__pay';
  return step === 'when it is asked' ? 'legacy__note' : 'modern__note';
}

function talks(step: Step): boolean {
  return step === 'in mid-answer' || step === 'when it is asked';
}

async function waitAt(step: Step, wire: Wire, bytes: Buffer, word: string): Promise<void> {
  const { modern, legacy } = world.fakes;
  if (step === 'when it has asked' || step === 'when it is held') return wire.send(bytes);
  if (step === 'while it waits') {
    const reached = new Promise<void>((resolve) =>
      modern.answerNext('tools/call', () => resolve()),
    );
    await wire.send(bytes);
    return reached;
  }
  if (step === 'in mid-answer') {
    modern.answerNext('tools/call', (response, { params }) => {
      const { progressToken } = (params as { _meta: { progressToken: unknown } })._meta;
      const progress = { progressToken, progress: 1, message: word };
      tellEvent(response, { method: 'notifications/progress', params: progress });
    });
  } else {
    legacy.answerNext('tools/call', (response) => {
      const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } };
      const params = { message: word, requestedSchema };
      tellEvent(response, { id: 1, method: 'elicitation/create', params });
    });
  }
  await wire.send(bytes);
  await wire.until(word);
}

function tellEvent(response: ServerResponse, message: object): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
}

/** The newest revision has no sessions: it is asked by its answer. */
async function begin(revision: Revision): Promise<string | undefined> {
  if (revision === '2026-07-28') return undefined;
  const wire = await openWire(client);
  await wire.send(handshakeBytes(client, revision));
  const heard = await wire.until('"protocolVersion"');
  wire.leave('close');
  return /mcp-session-id: (\S+)/i.exec(heard)?.[1];
}

async function openCalls(): Promise<number> {
  const response = await fetch(new URL('/metrics', world.instance.console));
  const samples = parseExposition(await response.text());
  return samples
    .filter(({ name }) => name === 'bailiwick_open_calls')
    .reduce((sum, { value }) => sum + value, 0);
}

/** What reached a tool server, by the words in it. */
function reached(word: string): boolean {
  return Object.values(world.fakes).some((fake) =>
    fake.requestsOf('tools/call').some(({ body }) => body.includes(`"${word}"`)),
  );
}

describe(`a client that leaves (seed ${seed})`, () => {
  it(
    'at any step, in any revision, leaves nothing open behind it [SYS-043]',
    async () => {
      const random = seeded(seed);
      const hows = ['close', 'reset', 'half'] as const;
      await askServer(world, 'modern', 'tools/call', 'first');
      const before = world.held();
      for (let round = 0; round < rounds; round += 1) {
        for (const revision of revisions) {
          for (const step of steps) {
            const one = { step, revision, word: `${step} ${revision} ${round}` };
            left.push(one);
            await leaveAt(one, hows[Math.floor(random() * hows.length)] ?? 'close');
          }
        }
      }
      await expect.poll(openCalls, { timeout: 30_000 }).toBe(0);
      await expect
        .poll(() => world.held().files, { timeout: 60_000 })
        .toBeLessThan(before.files + 16);
      expect(world.held().processes).toBe(before.processes);
      for (const server of ['modern', 'legacy', 'good']) {
        const answer = await askServer(world, server, 'tools/call', 'after');
        expect([server, answer.isError, answer.body.error]).toEqual([server, false, undefined]);
      }
    },
    120_000 + rounds * 30_000,
  );

  it('has what it asked on record once, with what may have happened, and nothing of what it did not ask', async () => {
    const servers = Object.fromEntries(left.map(({ word }) => [word, reached(word)]));
    await world.close();
    const log = readWholeLog(world.instance.data);
    const argumentsOf = await openedArguments(world.instance, log);
    for (const { step, revision, word } of left) {
      const where = `${step}, ${revision}`;
      const intents = log.intents.filter(
        ({ id }) => argumentsOf.get(id) === JSON.stringify({ text: word }),
      );
      const outcomes = intents.flatMap(({ id }) => log.outcomes.get(id) ?? []);
      const closing = outcomes.filter(({ type }) => type !== 'policy.outcome-part');
      if (step in cuts || step === 'when it is held') {
        expect([where, intents.length, servers[word]]).toEqual([where, 0, false]);
        continue;
      }
      expect([where, closing.length]).toEqual([where, intents.length]);
      // Nothing reaches a server without an intent, and what did is never said to have had no effect.
      if (servers[word] === true) expect([where, intents.length]).toEqual([where, 1]);
      const effects = closing.map(({ effect }) => effect);
      if (servers[word] === true) expect([where, effects]).not.toEqual([where, ['none']]);
      else expect([where, effects.filter((one) => one !== 'none')]).toEqual([where, []]);
      if (step === 'while it waits' || step === 'in mid-answer') {
        expect([where, effects]).toEqual([where, ['unknown']]);
      }
    }
  });
});
