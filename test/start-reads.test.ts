import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Says, when the process ends, what it has read: files as they are, and parts of Node. */
const listing = `
  import { registerHooks } from 'node:module';
  const read = [];
  registerHooks({ load: (url, context, next) => (read.push(url), next(url, context)) });
  process.on('exit', () => {
    const parts = process.moduleLoadList.map((part) => part.replace('NativeModule ', 'node-part '));
    process.stdout.write('\\n' + [...read, ...parts].join('\\n'));
  });`;

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a program reads before it does anything: without a supervisor it is told nothing, and ends. */
function readBy(program: string, ...args: string[]): readonly string[] {
  const hook = `data:text/javascript,${encodeURIComponent(listing)}`;
  const entry = `${root}src/programs/${program}/main.ts`;
  const said = execFileSync(process.execPath, ['--import', hook, entry, ...args]).toString();
  return said
    .split('\n')
    .filter((line) => line.startsWith('file:') || line.startsWith('node-part '))
    .map((line) => line.replace(`file://${root}`, ''));
}

const reading = (read: readonly string[], ...rooms: readonly string[]) =>
  read.filter((file) => rooms.some((room) => file.startsWith(room)));

/** A whole HTTP client inside Node; whoever asks \`node:http\` for each of its members loads it. */
const clientOfNode = 'node-part internal/deps/undici/undici';

describe('before it does anything', () => {
  it('the supervisor reads no package and few files: its programs wait for it', () => {
    const read = readBy('up', '--help');
    expect(reading(read, 'src/programs/up/')).toContain('src/programs/up/main.ts');
    expect(reading(read, 'node_modules/')).toEqual([]);
    expect(reading(read, 'src/', 'sdk/', 'examples/').length).toBeLessThan(60);
  });

  it('a gateway reads nothing of control, and no HTTP client before it asks somebody', () => {
    const read = readBy('gateway');
    expect(reading(read, 'src/gateway/').length).toBeGreaterThan(50);
    const packages = ['undici', 'pg', 'yaml'].map((name) => `node_modules/${name}/`);
    expect(reading(read, ...packages, clientOfNode)).toEqual([]);
    expect(reading(read, 'src/config/', 'src/api/', 'src/storage/sql/', 'src/cli/')).toEqual([]);
  });

  it('control reads no front, and no database or documents before it has any', () => {
    const read = readBy('control');
    expect(reading(read, 'src/api/').length).toBeGreaterThan(10);
    const packages = ['undici', 'pg', 'yaml'].map((name) => `node_modules/${name}/`);
    expect(reading(read, ...packages, clientOfNode)).toEqual([]);
    const fronts = ['http', 'mcp', 'llm', 'actions', 'stages'].map((room) => `src/gateway/${room}`);
    expect(reading(read, ...fronts, 'src/adapters/tool-server/')).toEqual([]);
    expect(reading(read, 'src/storage/postgres/')).toEqual([]);
  });
});
