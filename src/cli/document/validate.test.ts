import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentKinds } from '../../programs/catalogue.ts';
import { runCommandLine } from '../run.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-validate-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function run(...argv: readonly string[]) {
  let [out, error] = ['', ''];
  const code = await runCommandLine(argv, {
    env: {},
    userHome: folder,
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    readStdin: async () => '',
    kinds: documentKinds,
  });
  return { code, out, error };
}

const write = (file: string, lines: readonly string[]) =>
  writeFileSync(join(folder, file), lines.join('\n'));

const manifest = ['kind: Manifest', 'name: support', 'spec:', '  tools: [{ tool: notes/add }]'];
const server = ['kind: ToolServer', 'name: notes', 'spec:', '  connect: { command: node }'];
const agent = (name: string) => [
  'kind: Agent',
  'name: desk',
  `spec: { owner: ann, purpose: p, manifest: ${name} }`,
];

describe('validate', () => {
  it('takes a folder that has no problem, and asks nobody', async () => {
    write('all.yaml', [...agent('support'), '---', ...manifest, '---', ...server]);
    expect(await run('validate', folder)).toEqual({
      code: 0,
      out: '3 documents, no problems\n',
      error: '',
    });
  });

  it('tells all problems at once: where each is, and what was meant [POL-06]', async () => {
    write('a.yaml', [...agent('suport'), '---', ...manifest, '---', ...server]);
    write('b.yaml', ['kind: Agnet', 'name: x', 'spec: {}']);
    write('c.yaml', [
      'kind: ToolServer',
      'name: other',
      'spec:',
      '  conect: { url: "http://127.0.0.1:1/" }',
      '  phase: observ',
    ]);
    const { code, out } = await run('validate', folder);
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^a\.yaml:3:\d+: no Manifest .*`suport` \(did you mean `support`\?/),
      expect.stringMatching(/^b\.yaml:1:1: `Agnet` is no kind of document; did you mean `Agent`\?/),
      expect.stringMatching(/^c\.yaml:3:1: `spec.connect` is missing/),
      expect.stringMatching(/^c\.yaml:4:3: .*`conect`; did you mean `connect`\?/),
      expect.stringMatching(/^c\.yaml:5:3: `spec.phase`.*did you mean `observe`\?/),
    ]);
    const told = JSON.parse((await run('validate', folder, '-o', 'json')).out);
    expect(told.documents).toBe(0);
    expect(told.problems).toHaveLength(5);
    expect(told.problems[0]).toMatchObject({ file: 'a.yaml', line: 3 });
  });

  it('says of what is no folder that it is none', async () => {
    const { code, error } = await run('validate', join(folder, 'nowhere'));
    expect([code, error]).toEqual([3, expect.stringContaining('config/unreadable')]);
  });
});

describe('explain', () => {
  it('tells the fields of a kind with their words', async () => {
    const { code, out } = await run('explain', 'Agent');
    expect(code).toBe(0);
    expect(out).toMatch(/^manifest \* +string +name of its Manifest$/m);
    expect(out).toMatch(/^callsPerDay +integer +over all its instances/m);
  });

  it('tells one field, however deep, with its bounds', async () => {
    const { out } = await run('explain', 'ToolServer.results.page.bytes', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ type: 'integer', minimum: 4_096 });
    expect((await run('explain', 'Manifest.tools.arguments.amount.max')).out).toContain('number');
  });

  it('names what was meant where there is no such kind or field', async () => {
    const meant = async (asked: string) => (await run('explain', asked)).error;
    expect(await meant('Agnt')).toContain('did you mean `Agent`?');
    expect(await meant('Agent.rate.perMinut')).toContain('did you mean `perMinute`?');
    expect(await meant('Agent.rate.perMinut')).toContain('`Agent.rate` has no field');
  });
});
