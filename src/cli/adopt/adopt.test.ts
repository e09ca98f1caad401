import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { adopt, type Adopted } from './adopt.ts';
import { readClientFile } from './client-file.ts';
import { doneText, doneView } from './done-text.ts';
import { planFor } from './plan.ts';

let folder: string;
let file: string;
let documents: Map<string, JsonObject>;
let secrets: Set<string>;
let lines: string[];
/** What each server shows, and of which tools a person has to read what they say. */
let shows: Record<string, readonly string[]>;
let held: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-adopt-'));
  file = join(folder, 'mcp.json');
  const args = ['--token', `ghp_${'a1B2c3D4e5F6'.repeat(3)}`];
  const mcpServers = {
    tracker: { command: 'tracker' },
    weather: { command: 'weather', args },
  };
  writeFileSync(file, JSON.stringify({ mcpServers }));
  [documents, secrets, lines] = [new Map(), new Set(), []];
  shows = { tracker: ['create_issue'], weather: ['forecast', 'warn_all'] };
  held = {};
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A control program that keeps what it is told. */
async function request(method: string, path: string, body: JsonObject = {}): Promise<JsonObject> {
  const [, , noun, word = '', act] = path.split(/[/?]/);
  if (noun === 'secrets') return aboutSecrets(method, word, body);
  if (noun === 'servers') return { why: `${word} ended at once` };
  if (noun === 'tools') return method === 'GET' ? shown(word) : yes(word, body);
  const { kind = '', name = '', spec = {} } = body as Record<string, string>;
  if (method === 'POST' && word === '') documents.set(`${kind}/${name}`, { kind, name, spec });
  if (act !== undefined) documents.delete(`${word}/${act}`);
  const all = [...documents.values()];
  return {
    documents: all.map((one) => ({ ...one, digest: sha256Hex(canonicalText(one['spec'] ?? {})) })),
  };
}

function aboutSecrets(method: string, name: string, { settings }: JsonObject): JsonObject {
  if (name === 'find') {
    const found = (settings as { value: string }[]).flatMap(({ value }, at) =>
      value.startsWith('ghp_') ? [{ at, sure: true }] : [],
    );
    return { found };
  }
  if (method === 'PUT') secrets.add(name);
  if (method === 'POST') secrets.delete(name);
  return { secrets: [...secrets].map((one) => ({ name: one, version: 1 })) };
}

function shown(query: string): JsonObject {
  const server = new URLSearchParams(query).get('server') ?? '';
  return { tools: (shows[server] ?? []).map((tool) => ({ tool, observedDigest: 'd' })) };
}

function yes(server: string, { tools }: JsonObject): JsonObject {
  const names = (tools as { tool: string }[]).map(({ tool }) => tool);
  const whyOf = (tool: string) => held[`${server}/${tool}`];
  return {
    approved: names.filter((tool) => whyOf(tool) === undefined),
    left: names.flatMap((tool) => {
      const why = whyOf(tool);
      return why === undefined ? [] : [{ tool, code: 'tools/unread-findings', why }];
    }),
  };
}

async function adopted(): Promise<Adopted> {
  const bytes = readFileSync(file);
  const read = readClientFile(bytes);
  const plan = await planFor(read, file, { request, env: {}, userHome: folder });
  const bridge = { name: 'bailiwick', value: { command: 'bailiwick' } };
  const about = { path: file, bytes, file: read, plan, agent: 'editor', owner: 'ann' };
  const say = (line: string) => void lines.push(line);
  return adopt({ ...about, home: folder, bridge }, { request, say, waitMs: -1 });
}

const snippet = {
  client: 'cursor',
  title: 'Cursor',
  files: [],
  language: 'json' as const,
  text: '{}',
  next: 'Start it anew.',
};
const textOf = (done: Adopted) => doneText(done, { path: file, agent: 'editor', snippet });

describe('an adoption', () => {
  it('keeps a server of which every tool is held, and says which, why, and how to say yes', async () => {
    held = { 'weather/forecast': 'it speaks', 'weather/warn_all': 'it speaks' };
    const done = await adopted();
    expect([done.adopted.map(({ server }) => server), done.left]).toEqual([
      ['tracker', 'weather'],
      [],
    ]);
    expect(done.tools).toEqual(['tracker/create_issue']);
    expect(documents.has('ToolServer/weather')).toBe(true);
    expect(doneView(done, snippet)['held']).toEqual(
      ['weather/forecast', 'weather/warn_all'].map((tool) => ({
        tool,
        why: 'it speaks',
        next: `bailiwick tool diff ${tool}, then bailiwick tool approve ${tool} --accept-findings`,
      })),
    );
    expect(textOf(done)).toContain('called by nobody: weather/forecast: it speaks');
    expect(textOf(done)).not.toContain('showed no tools');
  });

  it('says of a server that shows nothing what is known, and that no secret of it moved', async () => {
    shows['weather'] = [];
    const done = await adopted();
    expect(done.left).toMatchObject([
      { why: expect.stringContaining('showed no tools here (weather ended at once)') },
    ]);
    expect([[...secrets], documents.has('ToolServer/weather')]).toEqual([[], false]);
    expect(lines.join('\n')).not.toContain('is now secret');
    expect(readFileSync(file, 'utf8')).toContain('ghp_');
  });

  it('of which a person has to read every tool is none, and it says so', async () => {
    held = Object.fromEntries(
      ['tracker/create_issue', 'weather/forecast', 'weather/warn_all'].map((one) => [
        one,
        'it speaks',
      ]),
    );
    await expect(adopted()).rejects.toMatchObject({
      code: 'cli/usage',
      message: expect.stringContaining(
        'no tool could be approved: tracker/create_issue (it speaks)',
      ),
    });
    expect([documents.size, secrets.size]).toEqual([0, 0]);
  });

  it('ends with the way from what stops nothing to what does', async () => {
    const text = textOf(await adopted());
    for (const step of [
      'audit tail --agent editor',
      'suggest manifest --agent editor',
      'server phase tracker warn --reason TEXT',
      'server phase tracker enforce --reason TEXT   (and so for each server)',
    ]) {
      expect(text).toContain(`bailiwick ${step}`);
    }
  });
});
