import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignerNeed } from '#contracts/signers.ts';
import type { ConnectionNews } from '#contracts/tool-server.ts';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ServerConnect } from '#kernel/snapshot.ts';
import { type NpmRegistry, startNpmRegistry } from '../../../../test/fakes/npm-registry.ts';
import { attestations, newWorld } from '../../../../test/fakes/signing/index.ts';
import { askRegistry } from './provenance/ask-registry.ts';
import { createStdioTransport } from './index.ts';

const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);
const root = mkdtempSync(join(tmpdir(), 'signers-'));
const packages = join(root, 'packages');
const named = { name: '@scope/signed', version: '1.2.3' };
const builder = {
  issuer: 'https://token.actions.githubusercontent.com',
  identity: 'https://github.com/scope/signed/.github/workflows/release.yml@refs/tags/v1.2.3',
};
let registry: NpmRegistry;
let now = Date.now();
const world = newWorld(now);

beforeAll(async () => {
  const program = `#!/usr/bin/env node\nawait import(${JSON.stringify(fake)});\n`;
  registry = await startNpmRegistry(root, { ...named, program });
}, 60_000);

afterAll(async () => {
  await registry.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(() => {
  const subject = { ...named, integrity: registry.integrity };
  registry.dist = {
    signatures: [world.sign(subject)],
    attestations: { url: 'http://127.0.0.1:9/elsewhere' },
  };
  const shown = JSON.stringify(attestations([world.build(subject, builder)]));
  registry.attestations = (response) => void response.end(shown);
  registry.asked.length = 0;
});

const needOf = (rule: Partial<SignerNeed['rules'][number]>): readonly SignerNeed[] => [
  { document: 'company', rules: [{ for: 'npm:*', ...rule }], trust: world.trust },
];
const wanted = needOf({ builder, registry: 'signature' });

interface Asked {
  readonly answer: unknown;
  readonly news: readonly ConnectionNews[];
}

async function ask(name: string, signers: readonly SignerNeed[] = wanted): Promise<Asked> {
  const connect: ServerConnect = {
    kind: 'stdio',
    command: 'npx',
    args: ['-y', `${named.name}@${named.version}`, 'stdio'],
    cwd: undefined,
    environment: { npm_config_registry: registry.url },
    package: { kind: 'npm', ...named, integrity: registry.integrity, argumentsFrom: 2 },
  };
  const transport = createStdioTransport({
    homes: join(root, 'homes'),
    packages,
    now: () => now,
  });
  const news: ConnectionNews[] = [];
  const events = {
    listChanged: () => undefined,
    lateAnswer: () => undefined,
    news: (one: ConnectionNews) => void news.push(one),
  };
  const server = { ...serverEntry(connect, { name }), signers };
  const connection = transport.connect(server, [], events, 'main');
  try {
    return {
      answer: essence(await connection.exchange(invocation('echo', { text: 'here' }))),
      news,
    };
  } finally {
    await connection.close();
  }
}

const works = { content: [{ text: 'here' }] };
const refusedAs = (code: string) => ({ code, effect: 'none' });
const folderOf = (name: string) => join(packages, 'main', name);

describe('a package that must be signed', () => {
  it('is started when its signers are who they must be, and who they are is told [TOL-25]', async () => {
    const { answer, news } = await ask('good');
    expect(answer).toMatchObject(works);
    const by = `registry key ${world.keyid}, ${builder.identity} by ${builder.issuer}`;
    expect(news[0]).toEqual({ kind: 'signed', signed: { at: now, by } });
    // Where the registry said that its statements are, nobody asked.
    expect(registry.asked).toContain('/-/npm/v1/attestations/@scope%2fsigned@1.2.3');
    // What is installed is verified anew by what was kept, and the registry is not asked again.
    registry.asked.length = 0;
    expect((await ask('good')).answer).toMatchObject(works);
    expect(registry.asked).toEqual([]);
  }, 60_000);

  it('is not even loaded when it is signed by another, or by nobody [TOL-25]', async () => {
    const other = needOf({ builder: { ...builder, identity: `${builder.identity}0` } });
    const refused = await ask('other', other);
    expect(refused.answer).toEqual(refusedAs('tools/signer-mismatch'));
    expect(refused.news.map(({ kind }) => kind)).not.toContain('starting');
    registry.attestations = undefined;
    expect((await ask('nobody')).answer).toEqual(refusedAs('tools/provenance-missing'));
    registry.dist = {};
    expect((await ask('unsigned')).answer).toEqual(refusedAs('tools/provenance-missing'));
    expect(registry.asked.filter((path) => path.endsWith('.tgz'))).toEqual([]);
  }, 60_000);

  it('is not started any more once its signers may not be believed, though it is installed [TOL-25]', async () => {
    expect((await ask('later')).answer).toMatchObject(works);
    const foreign = [{ ...wanted[0], trust: newWorld(now).trust }] as readonly SignerNeed[];
    expect((await ask('later', foreign)).answer).toEqual(refusedAs('tools/signer-mismatch'));
    expect((await ask('later')).answer).toMatchObject(works);
    // What was kept is anybody's who can write there: it only ever refuses.
    const [kept = ''] = readdirSync(folderOf('later')).filter((one) => one.endsWith('.signed'));
    const path = join(folderOf('later'), kept);
    const text = readFileSync(path, 'utf8');
    registry.dist = {};
    writeFileSync(path, text.replaceAll(/"sig":"[^"]+"/g, '"sig":"MAYCAQECAQE="'));
    expect((await ask('later')).answer).toEqual(refusedAs('tools/provenance-missing'));
  }, 60_000);

  it('is not started when it was swapped after its installation, whoever signed it [TOL-25]', async () => {
    expect((await ask('swapped')).answer).toMatchObject(works);
    const [tree = ''] = readdirSync(folderOf('swapped')).filter((one) =>
      /^[0-9a-f]{64}$/.test(one),
    );
    const program = join(folderOf('swapped'), tree, 'node_modules', named.name, 'run.mjs');
    writeFileSync(program, 'console.log("evil");');
    expect((await ask('swapped')).answer).toEqual(refusedAs('tools/package-mismatch'));
  }, 60_000);

  it('is not started when its registry answers what cannot be read, and tells none of it [TOL-25]', async () => {
    const garbage = ['', 'evil', '[]', '{"attestations":7}', 'x'.repeat(2_000_000)];
    const codes: unknown[] = [];
    for (const [at, text] of garbage.entries()) {
      registry.attestations = (response) => void response.end(text);
      codes.push((await ask(`garbage-${at}`)).answer);
    }
    registry.attestations = (response) => void response.writeHead(302, { location: '/' }).end();
    codes.push((await ask('moved')).answer);
    expect(codes).toEqual([
      ...[0, 1, 2].map(() => refusedAs('tools/provenance-unavailable')),
      refusedAs('tools/provenance-missing'),
      refusedAs('tools/provenance-unavailable'),
      refusedAs('tools/provenance-unavailable'),
    ]);
  }, 60_000);

  it('is refused for a while without asking its registry again, unless what is wanted has changed', async () => {
    registry.attestations = undefined;
    expect((await ask('often')).answer).toEqual(refusedAs('tools/provenance-missing'));
    registry.asked.length = 0;
    expect((await ask('often')).answer).toEqual(refusedAs('tools/provenance-missing'));
    expect(registry.asked).toEqual([]);
    expect((await ask('often', [...wanted])).answer).toEqual(refusedAs('tools/provenance-missing'));
    expect(registry.asked).not.toEqual([]);
    now += 30_000;
    registry.asked.length = 0;
    await ask('often');
    expect(registry.asked).not.toEqual([]);
  }, 60_000);

  it('is not waited for when its registry hangs', async () => {
    registry.attestations = () => undefined;
    const content = { ...named, integrity: registry.integrity };
    const environment = { ...process.env, npm_config_registry: registry.url } as Record<
      string,
      string
    >;
    const asked = askRegistry(content, { environment, flags: [], cwd: root, timeoutMs: 3_000 });
    await expect(asked).rejects.toThrow();
  }, 30_000);
});
