import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { FellowLine } from './fellow-line.ts';
import { frame, onMessages } from './wire.ts';

const loan = { of: 0, kind: 'agent', key: 'a', places: 2 };

let folder: string;
let server: Server;
let line: FellowLine;
let now: number;
/** The method of each question by the connection that it came on; a greeting begins one. */
let came: string[][];
let sockets: Socket[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'line-'));
  const path = join(folder, 's.sock');
  [now, came, sockets] = [0, [], []];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    onMessages(socket, (message) => answer(socket, message));
  }).listen(path);
  line = new FellowLine({ path, hello: () => ({ method: 'fellow' }), now: () => now });
  await until(() => line.connected);
});
afterEach(() => {
  line.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Loans are never answered; a count is, and a cancellation is a fault. */
function answer(socket: Socket, { questions }: JsonObject): void {
  if (!Array.isArray(questions)) {
    came.push([]);
    return void socket.write(frame({ greeted: true }));
  }
  for (const [id, method] of questions as [number, string][]) {
    came.at(-1)?.push(method);
    const answers: Json[] = method === 'countOpen' ? [[id, 1]] : [];
    if (method === 'cancelOpen') answers.push([id, null, { code: 'store/unavailable' }]);
    socket.write(frame({ answers }));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function told(asked: Promise<Json>): Promise<string> {
  return asked.then(
    () => 'answered',
    () => 'no',
  );
}

describe('the line to another gateway', () => {
  it.each(['lend', 'giveBack'])(
    'ends its connection when a `%s` is not answered in time, and greets again',
    async (method) => {
      const late = told(line.ask(method, loan));
      await until(() => came[0]?.includes(method) === true);
      now += limits.fellowWaitMs;
      expect(await late).toBe('no');
      await until(() => came.length === 2 && line.connected);
      expect(await told(line.ask('countOpen', {}))).toBe('answered');
      expect(came).toEqual([[method], ['countOpen']]);
    },
  );

  it('keeps its connection when something else is late, or is a fault', async () => {
    expect(await told(line.ask('cancelOpen', {}))).toBe('no');
    const late = told(line.ask('useProof', {}));
    await until(() => came[0]?.includes('useProof') === true);
    now += limits.fellowWaitMs;
    expect(await late).toBe('no');
    expect(await told(line.ask('countOpen', {}))).toBe('answered');
    expect(came).toEqual([['cancelOpen', 'useProof', 'countOpen']]);
  });

  it('greets again when so many wait that nothing can be given back', async () => {
    const waiting = Array.from({ length: 10_000 }, () => told(line.ask('useProof', {})));
    expect(await told(line.ask('useProof', {}))).toBe('no');
    expect(line.connected).toBe(true);
    expect(await told(line.ask('giveBack', loan))).toBe('no');
    expect(line.connected).toBe(false);
    await until(() => came.length === 2 && line.connected);
    now += limits.fellowWaitMs;
    await Promise.all(waiting);
  });

  it('says nothing after a greeting of what was given back before it', async () => {
    const back = told(line.ask('giveBack', loan));
    const count = told(line.ask('countOpen', {}));
    // The line is lost in the turn in which it was asked.
    for (const socket of sockets) socket.destroy();
    await Promise.all([back, count]);
    await until(() => came.length >= 2 && line.connected);
    expect(await told(line.ask('countOpen', {}))).toBe('answered');
    expect(came.at(-1)).not.toContain('giveBack');
  });
});
