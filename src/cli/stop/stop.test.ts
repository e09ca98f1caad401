import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { readReleaseNote, readStopFile } from '#kernel/stop-file.ts';
import { stopTargetText } from '#kernel/stop-target.ts';
import type { CommandInput } from '../command.ts';
import { createOutput } from '../output.ts';
import { release, stop } from './commands.ts';

let data = '';
let printed: JsonObject[] = [];
let asked: JsonObject[] = [];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'bailiwick-cli-stop-'));
  mkdirSync(join(data, 'run'));
  const names = { tenants: ['main'], agents: ['support', 'worker'], instances: ['i-1'] };
  const tools = ['a', 'a/b.c', 'a/b'];
  writeFileSync(join(data, 'run', 'stop-names.json'), JSON.stringify({ ...names, tools }));
  printed = [];
  asked = [];
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function input(words: readonly string[], flags: CommandInput['flags']): CommandInput {
  const out = createOutput('json', (text) => printed.push(JSON.parse(text) as JsonObject));
  return {
    words,
    flags,
    out,
    request: (_method, _path, body = {}) => {
      asked.push(body);
      return Promise.resolve({ stopped: 'x', overlay: 1 });
    },
    dataFolder: data,
    home: data,
    env: {},
    readStdin: () => Promise.resolve(''),
    note: () => undefined,
    ask: undefined,
  };
}

const offline = { offline: true, reason: 'incident 17' };
const byFile = (...words: string[]) => stop.run(input(words, offline));
const inFile = () =>
  readStopFile(readFileSync(join(data, 'stop'), 'utf8'), 'main').map(({ target }) =>
    stopTargetText(target),
  );

describe('a stop without control', () => {
  it('stops exactly what was named, dots and slashes and all, and says who and why [MON-17]', async () => {
    await byFile('tool', 'a/b.c');
    await byFile('instance', 'i-1');
    expect(inFile()).toEqual(['tool a/b.c', 'instance i-1']);
    const [line] = readStopFile(readFileSync(join(data, 'stop'), 'utf8'), 'main');
    expect(line).toMatchObject({ by: userInfo().username, reason: 'incident 17' });
    expect(printed.at(-1)).toMatchObject({
      stopped: 'instance i-1',
      inFile: 'tool a/b.c, instance i-1',
    });
  });

  it('is the same tool by a slash and by a dot, as it is for control', async () => {
    await byFile('tool', 'a.b.c');
    expect(inFile()).toEqual(['tool a/b.c']);
    await stop.run(input(['tool', 'a.b.c'], { reason: 'x' }));
    expect(asked).toEqual([{ target: { kind: 'tool', name: 'a/b.c' }, reason: 'x' }]);
  });

  it.each([['tool:a/b.c'], ['tool', 'tool:a/b.c'], ['tool', 'a__b.c'], ['a/b.c', 'tool']])(
    'is the same tool as `%s %s`, and is released by the same words',
    async (...words) => {
      await byFile(...words);
      expect(inFile()).toEqual(['tool a/b.c']);
      await release.run(input(words, offline));
      expect(readdirSync(data)).not.toContain('stop');
      await stop.run(input(words, { reason: 'x' }));
      await release.run(input(words, { reason: 'x' }));
      const sent = { target: { kind: 'tool', name: 'a/b.c' }, reason: 'x' };
      expect(asked).toEqual([sent, sent]);
    },
  );

  it('is listed by both verbs', async () => {
    await byFile('agent', 'worker');
    for (const verb of [stop, release]) {
      await verb.run(input(['list'], { offline: true }));
      expect(printed.at(-1)).toMatchObject({ entries: [{ target: 'agent worker' }] });
    }
  });

  it('refuses a name that is not there and stops nothing, unless it is told to', async () => {
    await expect(byFile('agent', 'suport')).rejects.toMatchObject({
      code: 'stop/unknown-target',
      details: { nearest: 'support' },
    });
    expect(readdirSync(data)).toEqual(['run']);
    await stop.run(input(['agent', 'suport'], { ...offline, force: true }));
    expect(inFile()).toEqual(['agent suport']);
  });

  it('of everything never asks for a name, not even when no name can be read', async () => {
    rmSync(join(data, 'run'), { recursive: true });
    await expect(byFile('agent', 'worker')).rejects.toMatchObject({ code: 'stop/unknown-target' });
    await byFile('all');
    expect(inFile()).toEqual(['all']);
  });

  it('that cannot be written says what is in force', async () => {
    mkdirSync(join(data, 'stop'));
    await expect(byFile('agent', 'worker')).rejects.toMatchObject({
      code: 'stop/not-written',
      message: expect.stringContaining('cannot be read, which stops everything') as string,
    });
  });

  it('that finds no room for its line stops everything, and says so', async () => {
    // Nothing can be written where a folder lies in the way of the room.
    mkdirSync(join(data, 'stop.room', 'x'), { recursive: true });
    await byFile('agent', 'worker');
    expect(inFile()).toEqual(['all']);
    expect(printed.at(-1)).toMatchObject({ stopped: 'agent worker', inFile: 'all' });
  });
});

describe('a release without control', () => {
  const releaseByFile = (...words: string[]) => release.run(input(words, offline));

  it('takes out exactly the stop that it names, and leaves the reason for the record [MON-17]', async () => {
    await byFile('agent', 'worker');
    await byFile('tool', 'a/b.c');
    await byFile('tool', 'a/b');
    await releaseByFile('tool', 'a.b.c');
    expect(inFile()).toEqual(['agent worker', 'tool a/b']);
    const [note = ''] = readdirSync(join(data, 'run', 'releases'));
    const read = readReleaseNote(readFileSync(join(data, 'run', 'releases', note)), 'main');
    expect(read).toMatchObject({
      line: {
        target: { target: { kind: 'tool', owner: 'a', name: 'b.c' } },
        reason: 'incident 17',
      },
      release: { by: userInfo().username, reason: 'incident 17' },
    });
    await releaseByFile('agent', 'worker');
    await releaseByFile('tool', 'a/b');
    expect(readdirSync(data)).not.toContain('stop');
  });

  it('of what is not in the file changes nothing and says what is', async () => {
    await expect(releaseByFile('all')).rejects.toMatchObject({ code: 'api/not-found' });
    await byFile('agent', 'worker');
    await expect(releaseByFile('all')).rejects.toMatchObject({
      message: expect.stringContaining('agent worker') as string,
    });
    expect(inFile()).toEqual(['agent worker']);
  });

  it('does not happen when nobody could be told why', async () => {
    await byFile('agent', 'worker');
    writeFileSync(join(data, 'run', 'releases'), 'in the way');
    await expect(releaseByFile('agent', 'worker')).rejects.toThrow();
    expect(inFile()).toEqual(['agent worker']);
  });

  it('of everything takes out what nobody understood', async () => {
    writeFileSync(join(data, 'stop'), 'agent worker\nhalt!\n');
    await stop.run(input(['list'], { offline: true }));
    expect(printed.at(-1)).toMatchObject({
      entries: [{ target: 'agent worker' }, { target: 'all', understood: false }],
    });
    await releaseByFile('all');
    expect(inFile()).toEqual(['agent worker']);
  });
});

describe('what is stopped', () => {
  async function told(words: readonly string[], answer: JsonObject): Promise<string> {
    const lines: string[] = [];
    await stop.run({
      ...input(words, { reason: 'incident 17' }),
      out: createOutput('table', (text) => lines.push(text)),
      request: () => Promise.resolve(answer),
    });
    return lines.join('');
  }

  it('is listed as release takes it', async () => {
    const targets: readonly JsonObject[] = [
      { kind: 'model', tenant: 'main', name: 'tiny/small' },
      { kind: 'agent', tenant: 'main', agent: 'support' },
      { kind: 'all' },
    ];
    const list = await told(['list'], { entries: targets.map((target) => ({ target })) });
    expect(list).toContain('model tiny/small');
    expect(list).toContain('agent support');
    expect(list).not.toContain('{');
  });

  it('says all that a stop of a whole server takes with it, and nothing more of one tool', async () => {
    const answer = { stopped: 'tool every', overlay: 1, kept: 'store' };
    expect(await told(['tool', 'every'], answer)).toContain(
      'is stopped (server every: its tools, resources and prompts)',
    );
    expect(await told(['tool', 'every/echo'], answer)).not.toContain('its tools');
  });
});
