import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { circlesIn, type Import, importsIn } from './imports.ts';
import { computations } from './programs-construct.ts';
import { siblings } from './siblings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom. `door` means a plane's `index.ts` only. Longest matching room wins. */
const table: Readonly<Record<string, readonly string[]>> = {
  'src/kernel': ['zod', 'node:crypto', 'node:buffer'],
  'src/tlog': ['src/kernel'],
  // Certificates and signatures of others are of many kinds.
  'src/tlog/anchors': ['src/kernel', 'src/tlog', 'node:crypto'],
  'src/contracts': ['src/kernel', 'zod'],
  'src/config': ['src/kernel', 'src/contracts', 'yaml', 'zod', 'node:'],
  'src/planes': [
    'src/kernel',
    'src/contracts',
    'src/tlog',
    'zod',
    'jose',
    're2js',
    'node:crypto',
    'node:buffer',
    'node:util',
    'node:zlib',
  ],
  // One plane reads what authenticators say, by a library of its own.
  'src/planes/passkeys': [
    'src/kernel',
    'src/contracts',
    'src/planes/passkeys',
    'zod',
    '@simplewebauthn/server',
    'node:buffer',
  ],
  'src/gateway': ['src/kernel', 'src/contracts', 'door', 'node:'],
  // What would be: the same judges, and nothing that acts.
  'src/dry-run': ['src/kernel', 'src/contracts', 'door'],
  'src/api': ['src/kernel', 'src/contracts', 'src/dry-run', 'door', 'zod', 'node:'],
  'src/storage': ['src/kernel', 'src/contracts', 'src/storage/sql', 'pg', 'zod', 'node:'],
  'src/storage/tiles': [
    'src/kernel',
    'src/contracts',
    'src/tlog',
    'src/storage/journal',
    'src/storage/ratchet',
    'node:',
  ],
  'src/adapters': [
    'src/kernel',
    'src/contracts',
    'src/adapters/bytes',
    'node:',
    'jose',
    'undici',
    'zod',
    '@cedar-policy/cedar-wasm',
  ],
  'src/adapters/tool-server/stdio/provenance': [
    'src/kernel',
    'src/contracts',
    'src/adapters/tool-server/stdio/provenance',
    'node:',
    'undici',
    '@sigstore/bundle',
    '@sigstore/protobuf-specs',
    '@sigstore/verify',
  ],
  'src/wiring': ['src/kernel', 'src/contracts', 'door', 'node:async_hooks'],
  'src/cli': ['src/kernel', 'src/tlog', 'src/config', 'sdk', 'node:'],
  // One form of an export is written by a library of its own.
  'src/cli/audit/parquet': [
    'src/kernel',
    'src/tlog',
    'src/config',
    'sdk',
    'node:',
    'hyparquet-writer',
  ],
  'src/programs': ['src', 'sdk', 'examples', 'zod', 'node:'],
  sdk: ['node:'],
};

/** `from -> to`: each with its reason; one that is not used any more fails. */
const exceptions: Readonly<Record<string, string>> = {
  'src/cli/audit/archive.ts -> src/programs/archive/main.ts':
    'started as a program of its own: nothing of it is read by the command line',
  'src/cli/backup/program.ts -> src/programs/backup/main.ts':
    'started as a program of its own: nothing of it is read by the command line',
};

/** Files that lead to one another, each with why it is so still; one that is gone fails. */
const circles: Readonly<Record<string, string>> = {
  'src/planes/tools/schema/array-keywords.ts src/planes/tools/schema/combining-keywords.ts src/planes/tools/schema/compile.ts src/planes/tools/schema/object-keywords.ts src/planes/tools/schema/scalar-keywords.ts':
    'a schema stands inside a schema, so a keyword compiles one; the compiler is to be handed to it',
  'src/storage/tiles/integrator-worker.ts src/storage/tiles/integrator.ts':
    'types alone lead back: the worker answers in the words of who starts it; to be parted',
};

/** What is built in and has no list, because there is one of it and it is opened before all else. */
const builtIn: Readonly<Record<string, string>> = {
  'src/programs/gateway/main.ts -> src/adapters/keyring/file/index.ts': 'opened by its folder',
  'src/programs/backup/main.ts -> src/adapters/keyring/file/index.ts': 'opened by its folder',
  'src/programs/control/parts.ts -> src/adapters/keyring/file/index.ts': 'opened by its folder',
  'src/programs/control/sign-ins.ts -> src/adapters/identity-provider/oidc/index.ts':
    'one protocol of providers, which no gateway has to load',
  'src/programs/control/sign-ins.ts -> src/adapters/outbound/index.ts':
    'how control asks elsewhere',
  'src/programs/control/workloads.ts -> src/adapters/identity-provider/oidc/workload.ts':
    'one kind of token, which no gateway has to load',
  'src/programs/control/workloads.ts -> src/adapters/outbound/index.ts':
    'how control asks elsewhere',
  'src/programs/control/oauth.ts -> src/adapters/outbound/index.ts': 'how control asks elsewhere',
  'src/programs/control/witnesses.ts -> src/adapters/outbound/index.ts':
    'an operator names witnesses, and only control asks them',
  'src/programs/control/anchors.ts -> src/adapters/outbound/index.ts':
    'an operator names who notes the heads, and only control asks them',
  'src/programs/archive-at.ts -> src/adapters/log-archive/folder/index.ts':
    'an operator names the archive; read where it is that kind',
  'src/programs/archive-at.ts -> src/adapters/log-archive/s3/index.ts':
    'an operator names the archive; read where it is that kind',
  'src/programs/archive-at.ts -> src/adapters/log-archive/azure/index.ts':
    'an operator names the archive; read where it is that kind',
  'src/programs/archive-at.ts -> src/adapters/log-archive/gcs/index.ts':
    'an operator names the archive; read where it is that kind',
  'src/programs/archive-at.ts -> src/adapters/outbound/index.ts': 'how an archive is asked',
  'src/programs/demo/tamper.ts -> src/adapters/outbound/index.ts':
    'the drill asks its witness as control does',
  'src/programs/program-log.ts -> src/adapters/keyring/file/index.ts': 'its type alone',
  'src/programs/up/options.ts -> src/adapters/keyring/file/apart.ts': 'where it may not lie',
  'src/programs/control/sweep-homes.ts -> src/adapters/tool-server/stdio/homes.ts':
    'what a server kept goes with its document',
  'src/gateway/look.ts -> src/gateway/actions/refresh.ts': 'the action that looks, and its reader',
};

/**
 * Files of programs that do more than construct, each with its reason; one that does no longer
 * fails. `up` and `demo` are not asked: to supervise, and to show, is what they are for.
 */
const beyondConstruction: Readonly<Record<string, string>> = {
  'src/programs/control/main.ts': 'puts the secrets that the supervisor made for the demo',
  'src/programs/control/stop-file.ts': 'takes over stops of the file, to move into wiring',
  'src/programs/gateway/main.ts': 'waits until control has answered for logs that begin anew',
  'src/programs/gateway/recover.ts': 'recovery of a gateway, to move into its room',
  'src/programs/program-log.ts': 'says what came before a log that begins anew',
};

const files = sourceFiles();
const imports = files.flatMap((file) =>
  importsIn(root, file, readFileSync(join(root, file), 'utf8')),
);

describe('the house', () => {
  it('is seen whole: a checker that sees too little must not pass', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(imports.length).toBeGreaterThan(800);
    for (const room of Object.keys(table)) {
      expect(files.some((file) => file.startsWith(room))).toBe(
        room !== 'src/wiring' || hasWiring(),
      );
    }
  });

  it('keeps its import rules', () => {
    const used = new Set<string>();
    const broken = imports
      .filter((one) => !allowed(one, used))
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(broken).toEqual([]);
    expect(Object.keys(exceptions).filter((one) => !used.has(one))).toEqual([]);
  });

  it('keeps files under 400 lines and free of rooms without a name', () => {
    const long = files.filter(
      (file) => readFileSync(join(root, file), 'utf8').split('\n').length > 400,
    );
    expect(long).toEqual([]);
    expect(
      files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.ts$)/.test(file)),
    ).toEqual([]);
  });

  it('constructs in programs, and judges, reacts and computes in rooms', () => {
    const asked = files.filter(
      (file) => file.startsWith('src/programs/') && !/^src\/programs\/(up|demo)\//.test(file),
    );
    expect(asked.length).toBeGreaterThan(8);
    const doing = asked.flatMap((file) => {
      const found = computations(file, readFileSync(join(root, file), 'utf8'));
      return found.length === 0 ? [] : [{ file, found }];
    });
    expect(doing.filter(({ file }) => beyondConstruction[file] === undefined)).toEqual([]);
    expect(doing.map(({ file }) => file).sort()).toEqual(Object.keys(beyondConstruction).sort());
  });

  it('would notice a program that judges what gateways report, or that makes a roster', () => {
    const judging = `export async function report(parts, seen) {
      const entries = await parts.catalogue.report(seen);
      for (const entry of entries) if (entry.state === 'quarantined') await quarantine(parts, entry);
    }`;
    const roster = `const enrolled = all.filter(({ revokedAt }) => revokedAt === undefined);`;
    expect(computations('judging.ts', judging)).toEqual(['judging.ts:3: a loop']);
    expect(computations('roster.ts', roster)).toEqual([
      'roster.ts:1: data is computed by `filter`',
    ]);
    expect(computations('parts.ts', 'const vault = createVault({ keyring, clock });')).toEqual([]);
  });

  it('has fronts that nobody but a program imports, and no front imports another', () => {
    const fronts = files
      .filter((file) => /^src\/gateway\/[a-z0-9-]+\/protocol\.ts$/.test(file))
      .map(dirname)
      .filter((folder) => folder !== 'src/gateway/http');
    expect(fronts).toContain('src/gateway/mcp');
    const frontOf = (file: string) => fronts.find((front) => file.startsWith(`${front}/`));
    const broken = imports.filter(({ from, to }) => {
      const front = frontOf(to);
      return front !== undefined && front !== frontOf(from) && !from.startsWith('src/programs/');
    });
    expect(broken).toEqual([]);
    // What a front may know of HTTP is the form that it has to have.
    const beyond = imports.filter(
      ({ from, to }) => frontOf(from) !== undefined && to.startsWith('src/gateway/http/'),
    );
    expect(new Set(beyond.map(({ to }) => to))).toEqual(new Set(['src/gateway/http/protocol.ts']));
  });

  it('has stages, actions and vendors that do not know one another', () => {
    const found = imports.filter((one) => siblings(one) !== undefined);
    expect(found.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
    for (const room of ['src/gateway/stages', 'src/gateway/actions', 'src/adapters']) {
      expect(files.filter((file) => file.startsWith(`${room}/`)).length).toBeGreaterThan(8);
    }
  });

  it('goes in no circles, types included, but for those that have to go', () => {
    const found = circlesIn(imports.filter(({ to }) => files.includes(to)));
    expect(found.map((circle) => circle.join(' ')).sort()).toEqual(Object.keys(circles).sort());
  });

  it('lists what is built in at one place of its own: adapters, kinds of documents, fronts and actions', () => {
    const catalogues = ['', 'control/', 'gateway/'].map((of) => `src/programs/${of}catalogue.ts`);
    for (const catalogue of catalogues) expect(files).toContain(catalogue);
    const listed = imports.filter(
      ({ from, to }) =>
        !catalogues.includes(from) &&
        isListed(from, to) &&
        builtIn[`${from} -> ${to}`] === undefined,
    );
    expect(listed.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
    const kinds = files.filter(
      (file) =>
        !catalogues.includes(file) &&
        !file.startsWith('src/planes/') &&
        /\b[a-z]\w*Kind\b[^;]*from '#planes\//.test(read(file)),
    );
    expect(kinds).toEqual([]);
    const used = Object.keys(builtIn).filter(
      (one) => !imports.some(({ from, to }) => `${from} -> ${to}` === one),
    );
    expect(used).toEqual([]);
  });

  it('keeps the kernel small and without I/O', () => {
    const kernel = files.filter((file) => file.startsWith('src/kernel/'));
    expect(kernel.length).toBeLessThanOrEqual(44);
    const builtins = imports.filter(
      ({ from, to }) => from.startsWith('src/kernel/') && to.startsWith('node:'),
    );
    const foreign = builtins.filter(({ to }) => to !== 'node:buffer' && to !== 'node:crypto');
    expect(foreign).toEqual([]);
  });

  it('reads JSON from outside in one place only', () => {
    const readers = files.filter(
      (file) =>
        !file.startsWith('src/kernel/json/') &&
        file.startsWith('src/') &&
        /\bJSON\.parse\(|\.json\(\)/.test(withoutComments(readFileSync(join(root, file), 'utf8'))),
    );
    expect(readers).toEqual([]);
  });
});

/** Adapters, fronts and actions by name, for somebody who is not one of them. */
function isListed(from: string, to: string): boolean {
  if (to.startsWith('src/adapters/')) return from.startsWith('src/programs/');
  if (to.startsWith('src/gateway/actions/')) return !from.startsWith('src/gateway/actions/');
  const front = /^src\/gateway\/[a-z0-9-]+\/index\.ts$/.test(to);
  return front && from.startsWith('src/programs/');
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function hasWiring(): boolean {
  return files.some((file) => file.startsWith('src/wiring'));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
}

function sourceFiles(): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (isSource(entry.name)) found.push(relative(root, path));
    }
  };
  walk(join(root, 'src'));
  walk(join(root, 'sdk'));
  return found;
}

function isSource(name: string): boolean {
  return name.endsWith('.ts') && !/\.(test|suite)\.ts$/.test(name) && !name.endsWith('-child.ts');
}

function roomOf(file: string): string {
  const rooms = Object.keys(table).filter((room) => file.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? 'unknown';
}

/** Inside one room everything may see everything, but planes, stores and adapters are rooms each. */
function innerRoom(file: string): string {
  const parts = file.split('/');
  const depth: Record<string, number> = { planes: 3, storage: 3, adapters: 3 };
  return parts.slice(0, depth[parts[1] ?? ''] ?? 2).join('/');
}

function allowed(one: Import, used: Set<string>): boolean {
  const { from, to } = one;
  if (from.startsWith('sdk/') && to.startsWith('sdk/')) return true;
  if (innerRoom(from) === innerRoom(to)) return true;
  const key = `${from} -> ${to}`;
  if (exceptions[key] !== undefined) {
    used.add(key);
    return true;
  }
  const rules = table[roomOf(from)] ?? [];
  return rules.some((rule) => {
    if (rule === 'door') return /^src\/planes\/[a-z-]+\/index\.ts$/.test(to);
    if (rule.startsWith('src') || rule === 'sdk' || rule === 'examples')
      return to.startsWith(`${rule}/`);
    return to === rule || to.startsWith(rule.endsWith(':') ? rule : `${rule}/`);
  });
}
