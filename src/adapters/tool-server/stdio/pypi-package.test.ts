import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ServerConnect } from '#kernel/snapshot.ts';
import {
  type PypiIndex,
  startPypiIndex,
  type Wheel,
  wheelOf,
} from '../../../../test/fakes/pypi-index.ts';
import { createStdioTransport } from './index.ts';
import { prepare } from './packages.ts';
import { treeDigest } from './tree-digest.ts';

const hasPip = spawnSync('python3', ['-I', '-m', 'pip', '--version']).status === 0;
const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);
const root = mkdtempSync(join(tmpdir(), 'pypi-'));
const packages = join(root, 'packages');
const program = `
import os, sys
import pinned_part
def main():
    os.execv(pinned_part.node, [pinned_part.node, ${JSON.stringify(fake)}, *sys.argv[1:]])
`;
const part = wheelOf('pinned-part', '2.0', `node = ${JSON.stringify(process.execPath)}\n`);
const server = wheelOf('pinned-time', '1.0.0', program, { runs: 'main', needs: 'pinned-part' });
const evil = wheelOf('pinned-time', '1.0.0', `${program}\n# evil\n`, { runs: 'main' });
const both = [server, part];
let index: PypiIndex;

beforeAll(async () => {
  index = await startPypiIndex(both);
});
afterAll(async () => {
  await index.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

const lineOf = ({ name, version, sha256 }: Wheel) => `${name}==${version} --hash=sha256:${sha256}`;

function connectOf(requirements: readonly string[]): Extract<ServerConnect, { kind: 'stdio' }> {
  return {
    kind: 'stdio',
    command: 'uvx',
    args: ['pinned-time==1.0.0', 'stdio'],
    cwd: undefined,
    environment: { PIP_INDEX_URL: index.url, PYTHONPATH: root, PIP_PYTHON: join(root, 'evil') },
    package: { kind: 'pypi', name: 'pinned-time', requirements, argumentsFrom: 1 },
  };
}

async function ask(name: string, requirements = both.map(lineOf)): Promise<unknown> {
  const transport = createStdioTransport({ homes: join(root, 'homes'), packages });
  const events = { listChanged: () => undefined, lateAnswer: () => undefined };
  const entry = serverEntry(connectOf(requirements), { name });
  const connection = transport.connect(entry, [], events, 'main');
  try {
    return essence(await connection.exchange(invocation('echo', { text: 'here' })));
  } finally {
    await connection.close();
  }
}

const needOf = (name: string) => ({
  packages: join(packages, 'main', name),
  connect: connectOf(both.map(lineOf)),
});

const works = { content: [{ text: 'here' }] };
const refused = { code: 'tools/package-mismatch', effect: 'none' };

describe.skipIf(!hasPip && process.env['CI'] === undefined)(
  'a package of PyPI that is pinned',
  () => {
    it('is installed by its digests and runs from there, without its index, until anything changed [TOL-25]', async () => {
      // What lies on the path of its document is not what it imports.
      writeFileSync(join(root, 'pinned_part.py'), 'raise SystemExit(3)\n');
      expect(await ask('time')).toMatchObject(works);
      index.wheels = [];
      expect(await ask('time')).toMatchObject(works);
      index.wheels = both;
      const folder = join(packages, 'main', 'time');
      const [tree = ''] = readdirSync(folder).filter((one) => /^[0-9a-f]{64}$/.test(one));
      // Nothing that it runs writes beside what was compared.
      expect(await treeDigest(join(folder, tree))).toBe(tree);
      // Another gateway makes the same of it.
      await prepare(needOf('time-too'));
      expect(readdirSync(join(packages, 'main', 'time-too'))).toContain(tree);
      writeFileSync(join(folder, tree, 'pinned_part', '__init__.py'), 'node = "/bin/false"\n');
      expect(await ask('time')).toEqual(refused);
    }, 60_000);

    it('is not installed when its index gives out another one, nothing, or what no line names [TOL-25]', async () => {
      index.wheels = [evil, part];
      expect(await ask('other')).toEqual(refused);
      index.wheels = [part];
      expect(await ask('gone')).toEqual(refused);
      index.wheels = both;
      const [own = ''] = both.map(lineOf);
      // What it needs does not come along by itself: it starts without it, and ends.
      expect(await ask('alone', [own])).toMatchObject({ code: 'tools/upstream-unreachable' });
      const folders = (name: string) =>
        readdirSync(join(packages, 'main', name)).filter((one) => /^[0-9a-f]{64}/.test(one));
      expect([folders('other'), folders('gone')]).toEqual([[], []]);
    }, 60_000);

    it('is not started when it has no program of its name', async () => {
      index.wheels = both;
      const connect = connectOf([lineOf(part)]);
      const pin = { kind: 'pypi', name: 'pinned-part', argumentsFrom: 1 } as const;
      const need = { packages: join(packages, 'none'), connect };
      const named = {
        ...need,
        connect: { ...connect, package: { ...pin, requirements: [lineOf(part)] } },
      };
      expect(await prepare(named)).toEqual({ why: 'its package has no program to start' });
    }, 60_000);
  },
);

describe('without Python', () => {
  it('nothing is started, and why is said', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = join(root, 'nothing');
    try {
      const need = { packages: join(packages, 'without'), connect: connectOf(both.map(lineOf)) };
      expect(await prepare(need)).toEqual({
        why: 'there is no `python3` on the PATH of the gateway',
      });
    } finally {
      process.env['PATH'] = path;
    }
  });
});
