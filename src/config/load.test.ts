import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { agentKind } from '#planes/lifecycle/index.ts';
import { policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { type ConfigProblem, loadDocuments } from './index.ts';

const kinds = [agentKind, manifestKind, toolServerKind, policyKind];

const good = `kind: Agent
name: refunds
spec:
  owner: ann
  purpose: answers refund tickets
  manifest: refunds
---
kind: Manifest
name: refunds
spec:
  tools:
    - tool: billing/create_refund
      arguments:
        amount: { max: 500 }
---
kind: ToolServer
name: billing
spec:
  connect: { url: "http://127.0.0.1:9000/mcp" }
`;

function load(text: string, file = 'a.yaml') {
  return loadDocuments({ kinds, files: [{ file, bytes: Buffer.from(text) }] });
}

function places(problems: readonly ConfigProblem[]): string[] {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
}

describe('loading documents', () => {
  it('reads several documents of one file', () => {
    const { documents, problems } = load(good);
    expect(problems).toEqual([]);
    expect(documents.map(({ kind, name, line }) => `${kind}/${name}:${line}`)).toEqual([
      'Agent/refunds:1',
      'Manifest/refunds:8',
      'ToolServer/billing:16',
    ]);
    expect(documents.every(({ tenant }) => tenant === 'main')).toBe(true);
  });

  it('tells every problem of every file at once, each with its line and column', () => {
    const broken = `kind: Agent
name: Refunds!
speck: 1
spec:
  owner: ann
  purposes: x
  manifest: gone
---
kind: Robot
name: r
spec: {}
---
kind: ToolServer
name: billing
spec:
  connect: { url: "http://user:pw@host/#x" }
  tools:
    create: { effect: maybe }
`;
    const { documents, problems } = load(broken);
    expect(documents).toEqual([]);
    expect(places(problems)).toEqual([
      'a.yaml:2:1 `Refunds!` is no name',
      'a.yaml:3:1 unknown key `speck`; did you mean `spec`?',
      'a.yaml:4:1 `spec.purpose` is missing',
      'a.yaml:6:3 unknown key `purposes`; did you mean `purpose`?',
      'a.yaml:9:1 `Robot` is no kind of document',
      'a.yaml:16:14 `spec.connect.url`: must be an http or https URL without user, password and fragment',
      'a.yaml:18:15 `spec.tools.create.effect`: expected one of "read"|"write"|"delete"',
    ]);
    expect(problems.every(({ suggestedAction }) => suggestedAction.length > 0)).toBe(true);
  });

  it('names an unknown key inside a spec where it stands, and a missing one at its place', () => {
    const { problems } = load(`kind: Agent
name: a
spec:
  owner: ann
  manifest: m
  rate: { perMinutes: 3 }
`);
    expect(places(problems)).toEqual([
      'a.yaml:3:1 `spec.purpose` is missing',
      'a.yaml:6:3 `spec.rate.perMinute` is missing',
      'a.yaml:6:11 unknown key `perMinutes`; did you mean `perMinute`?',
    ]);
  });

  it('refuses a document that stands twice, also over files', () => {
    const files = ['a.yaml', 'b.yaml'].map((file) => ({ file, bytes: Buffer.from(good) }));
    const { documents, problems } = loadDocuments({ kinds, files });
    expect(documents).toEqual([]);
    expect(places(problems)).toEqual([
      'b.yaml:2:1 there are two documents `Agent/refunds`',
      'b.yaml:9:1 there are two documents `Manifest/refunds`',
      'b.yaml:17:1 there are two documents `ToolServer/billing`',
    ]);
  });

  it('refuses what refers to nothing, unless it stands elsewhere', () => {
    const [agent = '', manifest = ''] = good.split('---\n');
    expect(places(load(agent).problems)).toEqual(['a.yaml:6:3 no Manifest is called `refunds`']);
    expect(places(load(manifest).problems)).toEqual([
      'a.yaml:5:7 no ToolServer is called `billing`',
    ]);
    const files = [{ file: 'a.yaml', bytes: Buffer.from(manifest) }];
    const elsewhere = [{ kind: 'ToolServer', name: 'billing' }];
    expect(loadDocuments({ kinds, files, elsewhere }).problems).toEqual([]);
  });

  it('names the kind that was most likely meant', () => {
    const { problems } = load(good.replace('kind: Agent', 'kind: Agnet'));
    expect(problems.map(({ message }) => message)).toContain(
      '`Agnet` is no kind of document; did you mean `Agent`?',
    );
  });

  it('does not say that a document is missing when it is only broken', () => {
    const { problems } = load(good.replace('connect:', 'conect:'));
    expect(places(problems)).toEqual([
      'a.yaml:18:1 `spec.connect` is missing',
      'a.yaml:19:3 unknown key `conect`; did you mean `connect`?',
    ]);
  });

  it('refuses another tenant than the one that is served', () => {
    const { problems } = load(good.replace('name: billing', 'name: billing\ntenant: other'));
    expect(places(problems)).toEqual(['a.yaml:18:1 `other` is not served here']);
    expect(load(good.replace('name: billing', 'name: billing\ntenant: main')).problems).toEqual([]);
  });

  it.each([
    ['a half-written file', 'kind: Agent\nname: [a', /broken YAML/],
    ['a key that stands twice', 'kind: Agent\nkind: Agent\nname: a\nspec: {}', /stands twice/],
    ['a key twice in a flow map', 'kind: Agent\nname: a\nspec: {a: 1, "a": 2}', /stands twice/],
    ['a tag of its own', 'kind: Agent\nname: a\nspec: !env {}', /broken YAML: unresolved tag/],
    ['another YAML', '%YAML 1.1\n---\nkind: Agent\nname: a\nspec: {}', /only YAML 1\.2/],
    ['a key that is no text', 'kind: Agent\nname: a\nspec: { [a]: 1 }', /keys must be strings/],
    ['not a number', 'kind: Agent\nname: a\nspec: { rate: .nan }', /does not survive/],
    ['a number out of range', 'kind: Agent\nname: a\nspec: { rate: 9007199254740993 }', /survive/],
    ['a prototype', 'kind: Agent\nname: a\nspec: { __proto__: { x: 1 } }', /not allowed/],
    ['half a surrogate pair', 'kind: Agent\nname: a\nspec: { owner: "\\ud800" }', /surrogate/],
    ['a value inside itself', 'kind: Agent\nname: a\nspec: &a { owner: *a }', /contain themselves/],
    ['text that is no map', 'just a note', /this is no document/],
    ['a list', '- kind: Agent', /this is no document/],
    ['no spec', 'kind: Agent\nname: a', /`spec` is missing/],
  ])('refuses %s', (_, text, message) => {
    const { documents, problems } = load(text);
    expect(documents).toEqual([]);
    expect(problems[0]?.message).toMatch(message);
  });

  it('refuses aliases that grow into each other', () => {
    const rows = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 12; at += 1) {
      const list = Array.from({ length: 9 }, () => `*a${at - 1}`).join(', ');
      rows.push(`b${at}: &a${at} [${list}]`);
    }
    const text = `kind: Agent\nname: a\nspec:\n${rows.map((row) => `  ${row}`).join('\n')}`;
    expect(places(load(text).problems)).toEqual([
      'a.yaml:1:1 anchors and aliases contain themselves or too much',
    ]);
  });

  it('takes a value as often as its cap, the anchor counted, and not once more', () => {
    const withAliases = (count: number) =>
      `kind: Policy\nname: p\nspec:\n  cedar: &text ''\n  more: [${Array.from({ length: count }, () => '*text').join(', ')}]`;
    const messages = (count: number) => load(withAliases(count)).problems.map((one) => one.message);
    expect(messages(limits.documentAliases - 1)).toEqual(['unknown key `more`']);
    expect(messages(limits.documentAliases)).toEqual([
      'anchors and aliases contain themselves or too much',
    ]);
  });

  it('refuses a file that is too large, no UTF-8 or nested without end', () => {
    const large = Buffer.alloc(limits.documentBytes + 1, 0x20);
    const files = [
      { file: 'a.yaml', bytes: large },
      { file: 'b.yaml', bytes: Buffer.from([0xff, 0xfe, 0x00]) },
      { file: 'c.yaml', bytes: Buffer.from('['.repeat(20_000)) },
    ];
    const { problems } = loadDocuments({ kinds, files });
    expect(problems.filter(({ file }) => file === 'a.yaml').map(({ message }) => message)).toEqual([
      'the file is larger than 1048576 bytes',
    ]);
    expect(problems.filter(({ file }) => file === 'b.yaml').map(({ message }) => message)).toEqual([
      'the file is not valid UTF-8',
    ]);
    const nested = problems.filter(({ file }) => file === 'c.yaml');
    expect(nested.length).toBeGreaterThan(0);
    expect(nested.length).toBeLessThan(60);
  });

  it('reads a map of very many keys in little time', () => {
    const keys = Array.from({ length: 50_000 }, (_, at) => `k${at}: 1`).join('\n  ');
    const { problems } = load(`kind: Policy\nname: p\nspec:\n  cedar: ''\n  ${keys}`);
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)?.message).toBe('49500 more problems from here on');
  });

  it('has nothing to say about empty files and comments', () => {
    expect(load('# later\n').problems).toEqual([]);
    expect(load('---\n---\n').problems).toEqual([]);
    expect(load('').documents).toEqual([]);
  });

  it('never throws and never keeps a document beside a problem', () => {
    const pieces = [
      'kind: Agent\n',
      'name: a\n',
      'spec:\n',
      '  owner: b\n',
      '---\n',
      '&a ',
      '*a',
      ': ',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })));
    fc.assert(
      fc.property(text, (parts) => {
        const { documents, problems } = load(parts.join(''));
        return problems.length === 0 || documents.length === 0;
      }),
      { numRuns: 500 },
    );
  });
});

describe('a folder of documents', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'documents-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, text: string | Buffer): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  it('is read whole and in order, whatever stands beside the documents', () => {
    const [agent = '', manifest = '', server = ''] = good.split('---\n');
    write('z/server.yml', server);
    write('agents/refunds.yaml', agent);
    write('m.yaml', manifest);
    write('notes.txt', 'kind: Nothing');
    write('.git/config.yaml', 'kind: Nothing');
    write('.m.yaml.swp', 'x');
    const { documents, problems } = loadDocuments({ folder, kinds });
    expect(problems).toEqual([]);
    expect(documents.map(({ file }) => file)).toEqual([
      'agents/refunds.yaml',
      'm.yaml',
      'z/server.yml',
    ]);
  });

  it('is read through links to files below it, as Kubernetes mounts it', () => {
    const [agent = '', manifest = '', server = ''] = good.split('---\n');
    write('..2026_01/a.yaml', `${agent}---\n${server}`);
    write('..2026_01/m.yaml', manifest);
    symlinkSync('..2026_01', join(folder, '..data'));
    symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));
    symlinkSync('..data/m.yaml', join(folder, 'm.yaml'));
    const { documents, problems } = loadDocuments({ folder, kinds });
    expect(problems.map(({ message }) => message)).toEqual([]);
    expect(new Set(documents.map(({ file }) => file))).toEqual(new Set(['a.yaml', 'm.yaml']));
  });

  it('follows no link out of it, in circles or to a folder, and says so instead of skipping it', () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'x.yaml'), good);
    mkdirSync(join(folder, '.hop'));
    symlinkSync(outside, join(folder, '.hop', 'out'));
    symlinkSync(join(outside, 'x.yaml'), join(folder, 'a.yaml'));
    symlinkSync('.hop/out/x.yaml', join(folder, 'b.yaml'));
    symlinkSync('c.yaml', join(folder, 'c.yaml'));
    symlinkSync('.hop', join(folder, 'd.yaml'));
    symlinkSync(folder, join(folder, 'loop'));
    const { problems } = loadDocuments({ folder, kinds });
    rmSync(outside, { recursive: true });
    expect(places(problems)).toEqual([
      'a.yaml:1:1 this link leads out of the folder',
      'b.yaml:1:1 this link leads out of the folder',
      'c.yaml:1:1 the link leads nowhere (ELOOP)',
      `d.yaml:1:1 the file is no plain file of at most ${limits.documentBytes} bytes`,
      'loop:1:1 this is no plain file',
    ]);
  });

  it('is read down to its depth, and what lies deeper is a problem', () => {
    const down = (levels: number) => Array.from({ length: levels }, () => 'd').join('/');
    write(`${down(limits.documentFolderDepth)}/a.yaml`, good);
    expect(loadDocuments({ folder, kinds }).problems).toEqual([]);
    write(`${down(limits.documentFolderDepth + 1)}/b.yaml`, good);
    expect(loadDocuments({ folder, kinds }).problems.map(({ message }) => message)).toEqual([
      'the folders are nested too deep',
    ]);
  });

  it('is read up to its bytes in all, and one more file is a problem', () => {
    const files = limits.documentFolderBytes / limits.documentBytes;
    const comment = Buffer.alloc(limits.documentBytes, '#');
    for (let at = 0; at < files; at += 1) write(`${at}.yaml`, comment);
    expect(loadDocuments({ folder, kinds }).problems).toEqual([]);
    write('one-more.yaml', '#');
    expect(loadDocuments({ folder, kinds }).problems.map(({ message }) => message)).toEqual([
      `the documents together are larger than ${limits.documentFolderBytes} bytes`,
    ]);
  });

  it('refuses a file that is too large and a folder that is not there', () => {
    write('a.yaml', Buffer.alloc(limits.documentBytes + 1, 0x20));
    const { problems } = loadDocuments({ folder, kinds });
    expect(problems.map(({ message }) => message)).toEqual([
      'the file is no plain file of at most 1048576 bytes',
    ]);
    const gone = loadDocuments({ folder: join(folder, 'gone'), kinds });
    expect(gone.problems.map(({ message }) => message)).toEqual([
      'the folder cannot be read (ENOENT)',
    ]);
  });
});
