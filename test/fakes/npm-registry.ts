import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/value.ts';

export interface NpmRegistry {
  readonly url: string;
  readonly integrity: string;
  /** What it says of its package beside where it lies. */
  dist: JsonObject;
  /** How it answers for attestations; nothing where it has none. */
  attestations: ((response: ServerResponse) => void) | undefined;
  /** Paths that were asked, in their order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Its program. */
  readonly program: string;
}

/** A registry of npm with one package, made in a folder. */
export async function startNpmRegistry(
  folder: string,
  { name, version, program }: NpmPackage,
): Promise<NpmRegistry> {
  const source = join(folder, 'source');
  mkdirSync(source, { recursive: true });
  const manifest = { name, version, bin: { run: 'run.mjs' } };
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(source, 'run.mjs'), program);
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: source,
    stdio: 'pipe',
  });
  const [file = ''] = /[\w.-]+\.tgz/.exec(packed.toString()) ?? [];
  const tarball = readFileSync(join(folder, file));
  const server = createServer(({ url = '' }, response) => {
    registry.asked.push(url);
    if (url.endsWith('.tgz')) return void response.end(tarball);
    if (url.startsWith('/-/')) {
      if (registry.attestations === undefined) response.writeHead(404).end();
      else registry.attestations(response);
      return;
    }
    const dist = {
      tarball: `${registry.url}${file}`,
      integrity: registry.integrity,
      ...registry.dist,
    };
    const versions = { [version]: { ...manifest, dist } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const registry: NpmRegistry = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    dist: {},
    attestations: undefined,
    asked: [],
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return registry;
}
