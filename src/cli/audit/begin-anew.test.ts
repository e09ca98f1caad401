import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandInput } from '../command.ts';
import { createOutput } from '../output.ts';
import { auditBeginAnew } from './begin-anew.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'anew-'));
  for (const writer of ['gw-1', 'gw-2.0a1b2c3d']) {
    mkdirSync(join(home, 'data', 'log', 'main', 'standard', writer), { recursive: true });
  }
  mkdirSync(join(home, 'keys', 'ratchet'), { recursive: true });
  writeFileSync(join(home, 'keys', 'ratchet', 'gone-1.ratchet'), '');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function begin(writer: readonly string[] = []): Promise<readonly string[]> {
  const input: CommandInput = {
    words: [],
    flags: { keys: join(home, 'keys'), reason: 'a fire', writer: [...writer] },
    out: createOutput('json', () => undefined),
    request: () => Promise.reject(new Error('nobody is asked')),
    dataFolder: join(home, 'data'),
    home,
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
  await auditBeginAnew.run(input);
  return readdirSync(join(home, 'keys', 'ratchet')).filter((name) => name.endsWith('.begin-anew'));
}

describe('who begins anew', () => {
  it('is every writer with a log here, and no writer of which only the ratchet is left', async () => {
    const marks = ['control-1.begin-anew', 'gw-1.begin-anew', 'gw-2.begin-anew'];
    expect(await begin()).toEqual(marks);
  });

  it('is only who was named, when somebody was', async () => {
    expect(await begin(['gw-2'])).toEqual(['gw-2.begin-anew']);
  });

  it('is nobody when a name is of none: nothing is marked', async () => {
    await expect(async () => begin(['gw-2', 'gw-9'])).rejects.toThrow('gw-9');
    expect(readdirSync(join(home, 'keys', 'ratchet'))).toEqual(['gone-1.ratchet']);
  });
});
