import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  consistencyProof,
  encodeAddCheckpoint,
  logVkey,
  openCheckpoint,
  parseVkey,
  TileTree,
} from '#tlog/index.ts';
import { makeSigner, MemoryLog, numbered } from '../../../test/conformance/tlog-memory-log.ts';
import { readSavedHeads } from '../audit/saved-heads.ts';
import { mostLogs, type RunningWitness, serveWitness } from './server.ts';
import { openWitnessState, type WitnessState } from './state.ts';

const signer = makeSigner();
const origin = 'audit.example.com/main/standard/gw-1';
const key = logVkey(origin, signer.publicKey);
let root = '';
let witness: RunningWitness | undefined;
let state: WitnessState | undefined;
const said: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'witness-'));
  said.length = 0;
});
afterEach(async () => {
  await end();
  rmSync(root, { recursive: true, force: true });
});

async function begin(options: { logs?: string[]; allLogsOf?: string[] } = {}) {
  const opened = openWitnessState(root);
  state = opened;
  witness = await serveWitness({
    name: 'auditor.example/w1',
    state: opened,
    logs: options.logs ?? [key],
    allLogsOf: options.allLogsOf ?? [],
    host: '127.0.0.1',
    port: 0,
    now: () => 1_790_000_000_000,
    say: (line) => said.push(line),
  });
  return witness;
}

async function end(): Promise<void> {
  await witness?.close();
  state?.close();
  [witness, state] = [undefined, undefined];
}

const logOf = (size: number, of = origin): MemoryLog =>
  new MemoryLog().append(...numbered(size)).publish(of, signer);

async function ask(log: MemoryLog, old: number): Promise<Response> {
  const proof = consistencyProof(new TileTree(log.read, log.tree.size), old);
  const checkpoint = log.read('checkpoint') ?? Buffer.alloc(0);
  return post(encodeAddCheckpoint({ old, proof, checkpoint }));
}

const post = (body: string, path = '/add-checkpoint'): Promise<Response> =>
  fetch(`${witness?.url}${path}`, { method: 'POST', body });

describe('a witness of an auditor', () => {
  it('cosigns over HTTP under a key of its own, and says one line for each', async () => {
    const { vkey } = await begin();
    const log = logOf(300);
    const answer = await ask(log, 0);
    expect(answer.status).toBe(200);
    const cosigned = Buffer.concat([
      log.read('checkpoint') ?? Buffer.alloc(0),
      Buffer.from(await answer.text()),
    ]);
    const trust = { log: parseVkey(key), witnesses: [parseVkey(vkey)] };
    expect(openCheckpoint(cosigned, trust)).toMatchObject({
      size: 300,
      witnesses: ['auditor.example/w1'],
    });
    const saved = readSavedHeads(join(root, 'cosigned.log'));
    expect(saved).toMatchObject([{ origin, size: 300 }]);
    expect(said).toEqual([readFileSync(join(root, 'cosigned.log'), 'utf8').trimEnd()]);
  });

  it('remembers over a restart, under the same key [AUD-03]', async () => {
    const { vkey } = await begin();
    expect((await ask(logOf(300), 0)).status).toBe(200);
    await end();
    expect((await begin()).vkey).toBe(vkey);
    const answer = await ask(logOf(200), 0);
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('text/x.tlog.size');
    expect(await answer.text()).toBe('300\n');
    expect((await ask(logOf(400), 300)).status).toBe(200);
  });

  it('goes on from no folder that lost its key or its memory, or is in use', async () => {
    await begin();
    expect(() => openWitnessState(root)).toThrow(/another witness/u);
    await ask(logOf(3), 0);
    await end();
    const heads = readFileSync(join(root, 'heads.json'));
    const unreadable = expect.objectContaining({ code: 'config/unreadable' });
    writeFileSync(join(root, 'heads.json'), heads.subarray(0, 20));
    expect(() => openWitnessState(root)).toThrow(unreadable);
    rmSync(join(root, 'heads.json'));
    expect(() => openWitnessState(root)).toThrow(unreadable);
    writeFileSync(join(root, 'heads.json'), heads);
    rmSync(join(root, 'witness.key'));
    expect(() => openWitnessState(root)).toThrow(unreadable);
    expect(existsSync(join(root, 'witness.key'))).toBe(false);
  });

  it('serves further logs of one key only where it was told so, and so many at most', async () => {
    const other = 'audit.example.com/main/standard/gw-1.0a0b0c0d';
    await begin();
    expect((await ask(logOf(3, other), 0)).status).toBe(404);
    await end();
    await begin({ logs: [], allLogsOf: [key] });
    expect((await ask(logOf(3, other), 0)).status).toBe(200);
    const others = [
      'audit.example.org/main/standard/gw-1',
      'audit.example.com/x/main/standard/gw-1',
      'audit.example.com/standard/gw-1',
    ];
    for (const one of others) expect((await ask(logOf(3, one), 0)).status).toBe(404);
    await end();
    const heads = Array.from({ length: mostLogs - 1 }, (_, at) => ({
      origin: `x/${at}`,
      size: 1,
      root: Buffer.alloc(32).toString('base64'),
    }));
    const root3 = Buffer.from(logOf(3).tree.root()).toString('base64');
    const logs = [...heads, { origin: other, size: 3, root: root3 }];
    writeFileSync(join(root, 'heads.json'), JSON.stringify({ schema: 1, logs }));
    await begin({ logs: [], allLogsOf: [key] });
    expect((await ask(logOf(3, `${other}x`), 0)).status).toBe(404);
    expect((await ask(logOf(4, other), 3)).status).toBe(200);
  }, 60_000);

  it('signs nothing that it could not remember', async () => {
    await begin();
    if (state !== undefined) {
      state.keep = () => {
        throw new Error('no space');
      };
    }
    const answer = await ask(logOf(3), 0);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('\u2014');
    expect(said).toEqual([]);
  });

  it('takes nothing large, nothing else, and goes on after whoever hangs up', async () => {
    await begin();
    expect((await post('x'.repeat(200_000)).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await post('old 0\n\n')).status).toBe(400);
    expect((await post('', '/')).status).toBe(404);
    expect((await fetch(`${witness?.url}/add-checkpoint`)).status).toBe(405);
    const { port } = new URL(witness?.url ?? '');
    const socket = connect(Number(port), '127.0.0.1');
    socket.resume();
    socket.end('POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nold');
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await ask(logOf(3), 0)).status).toBe(200);
  });
});
