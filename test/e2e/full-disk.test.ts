import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliAnswer, runCli, until } from './cli.ts';
import { canHaveOwnDisk, type TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

type Json = Record<string, unknown>;

const possible = canHaveOwnDisk();
if (!possible) console.warn('the full disk needs `unshare` and `mount`: it skips');
const required = process.env['BAILIWICK_REQUIRE_ALL'] === '1';

/** Two write-ahead files, a store, a log, and little else. */
const diskBytes = 400 * 1_048_576;

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  if (!possible) return;
  world = await startWorld('', { diskBytes });
  agent = await world.instance.enrolAgent('worker');
});
afterAll(async () => {
  await world?.close();
});

const filler = () => join(world.instance.data, 'filler');

/** To the last byte, as something else on this disk would. */
function fillDisk(): void {
  const file = openSync(filler(), 'w');
  try {
    for (const size of [1_048_576, 4_096, 1]) {
      const chunk = Buffer.alloc(size, 'x');
      try {
        while (writeSync(file, chunk) > 0);
      } catch {
        // No room for so much; perhaps for less.
      }
    }
  } finally {
    closeSync(file);
  }
  expect(statfsSync(world.instance.data).bavail).toBe(0);
}

const echoCode = async () =>
  (await callTool(agent.fetch, world.gateway, 'fake.echo', {})).told?.code;

const noteCode = async () =>
  (await callTool(agent.fetch, world.gateway, 'fake.note', { text: 'x' })).told?.code;

const offline = (...args: string[]): Promise<CliAnswer> =>
  runCli({ home: world.instance.folder, data: world.instance.data }, [
    ...args,
    '--offline',
    '--reason',
    'the disk is full',
    '-o',
    'json',
  ]);

async function recorded(type: string): Promise<Json[]> {
  const found: Json = await world.instance.admin.request('GET', `/v1/records?type=${type}&limit=9`);
  return (found['records'] as { record: Json }[]).map(({ record }) => record);
}

describe('a full disk', () => {
  it('is tested where everything is required', () => {
    expect(possible || !required).toBe(true);
  });

  it.skipIf(!possible)(
    'does not hold up a stop, by control or by file, and both are on record when there is room again, and so is what was refused [MON-17, AUD-01, AUD-05]',
    async () => {
      const target = { kind: 'agent', name: 'worker' };
      expect(await echoCode()).toBeUndefined();
      fillDisk();
      // Long before a segment is full: what it still has is for ends and stops.
      await until(echoCode, (code) => code === 'audit/unavailable');
      const stopped: Json = await world.instance.admin.request('POST', '/v1/stops', {
        target,
        reason: 'by control',
      });
      expect(stopped['stopped']).toBe('agent worker');
      await until(echoCode, (code) => code === 'stop/active');
      const byFile = await offline('stop', 'tool', 'fake/note');
      expect([byFile.code, byFile.json()['inFile']]).toEqual([
        0,
        expect.stringContaining('tool fake/note'),
      ]);
      rmSync(filler());
      const set = await until(
        () => recorded('stop.set'),
        (records) => records.length >= 2,
      );
      expect(
        set
          .map(({ details }) => String((details as Json)['reason']))
          .toSorted((a, b) => a.localeCompare(b)),
      ).toEqual(['by control', 'the disk is full']);
      await world.instance.admin.request('POST', '/v1/stops/release', { target, reason: 'room' });
      await until(echoCode, (code) => code === undefined);
      expect(await noteCode()).toBe('stop/active');
      expect((await offline('release', 'tool', 'fake/note')).code).toBe(0);
      const released = await until(
        () => recorded('stop.released'),
        (records) => records.length >= 2,
      );
      expect(released).toHaveLength(2);
      const [gap] = await until(
        () => recorded('log.gap'),
        (records) => records.length > 0,
      );
      const { count, types } = (gap?.['details'] ?? {}) as { count?: number; types?: Json };
      expect(count).toBeGreaterThan(0);
      expect(types?.['policy.intent']).toBeGreaterThan(0);
    },
  );
});
