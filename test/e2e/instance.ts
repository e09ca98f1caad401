import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ControlClient,
  createAgentFetch,
  createControlClient,
  enrol,
  type EnrolledIdentity,
  generateInstanceKey,
  type InstanceKey,
} from '../../sdk/index.ts';

const upEntry = fileURLToPath(new URL('../../src/programs/up/main.ts', import.meta.url));
/** Where the launcher lets Node keep compiled code. */
export const compiled = fileURLToPath(new URL('../../.runtime/compile-cache', import.meta.url));

export interface Instance {
  readonly folder: string;
  readonly data: string;
  readonly keys: string;
  readonly gateway: string;
  readonly gatewayTls: string;
  readonly console: string;
  readonly pid: number;
  readonly admin: ControlClient;
  readonly credential: string;
  /** Everything that the supervisor and its programs printed. */
  output(): string;
  enrolAgent(name: string): Promise<TestAgent>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops, and removes the folder. */
  remove(): Promise<void>;
}

export interface TestAgent {
  readonly name: string;
  readonly control: string;
  readonly key: InstanceKey;
  readonly identity: EnrolledIdentity;
  readonly fetch: typeof fetch;
}

export interface InstanceOptions {
  readonly documents?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly demo?: boolean;
  /** More flags and variables of `up`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An instance that was set up before: its admin's credential. */
  readonly credential?: string;
  /** The data folder is a disk of its own, as small as this, which no other process sees. */
  readonly diskBytes?: number;
}

/** Whether this machine lets a process have a disk of its own. */
export function canHaveOwnDisk(): boolean {
  const { status } = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return status === 0;
}

/** The real product, as `./bailiwick up` starts it, on free ports in a folder of its own. */
export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'bailiwick-e2e-'));
  const data = join(folder, 'data');
  const keys = join(folder, 'keys');
  const args = [
    '--data',
    data,
    '--keys',
    keys,
    '--gateway',
    '127.0.0.1:0',
    '--control',
    '127.0.0.1:0',
  ];
  if (options.demo !== true) args.push('--no-demo');
  if (options.documents !== undefined) {
    const documents = join(folder, 'documents');
    mkdirSync(documents, { recursive: true });
    for (const [file, text] of Object.entries(options.documents)) {
      writeFileSync(join(documents, file), text);
    }
    args.push('--config', documents);
  }
  args.push(...(options.args ?? []));
  const started = await spawnUp(args, ownDisk(data, options.diskBytes), options.env);
  const { child, ready } = started;
  // Where a disk of its own is seen by us, who are outside.
  const seen = options.diskBytes === undefined ? '' : `/proc/${ready.pid}/root`;
  const link = `${seen}${ready.setupLinkFile ?? ''}`;
  const credential = options.credential ?? (await setUp(ready.console, link));
  const admin = createControlClient({ url: ready.console, credential });
  return {
    folder,
    data: `${seen}${data}`,
    keys,
    gateway: ready.gateway,
    gatewayTls: ready.gatewayTls,
    console: ready.console,
    pid: ready.pid,
    admin,
    credential,
    output: started.output,
    enrolAgent: (name) => enrolAgent(ready.console, admin, name),
    stop: (signal) => stopChild(child, signal),
    async remove() {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Ready {
  readonly gateway: string;
  readonly gatewayTls: string;
  readonly console: string;
  readonly pid: number;
  readonly setupLinkFile: string | null;
}

interface StartedUp {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly output: () => string;
}

export class StartFailed extends Error {
  readonly answer: Readonly<Record<string, unknown>>;

  constructor(answer: Readonly<Record<string, unknown>>, output: string) {
    super(`${JSON.stringify(answer)}\n${output}`);
    this.answer = answer;
  }
}

/** A command in front of another: it mounts the disk, and then is that other one. */
function ownDisk(data: string, bytes: number | undefined): string[] {
  if (bytes === undefined) return [];
  mkdirSync(data, { recursive: true });
  const mount = 'mount -t tmpfs -o mode=700,size="$1" none "$0" && shift && exec "$@"';
  return ['unshare', '-Urm', 'sh', '-c', mount, data, String(bytes)];
}

export function spawnUp(
  args: readonly string[],
  before: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<StartedUp> {
  const [command, ...first] = [...before, process.execPath];
  const child = spawn(
    command ?? process.execPath,
    [
      ...first,
      '--no-turbo-inline-js-wasm-calls',
      '--disable-warning=ExperimentalWarning',
      upEntry,
      ...args,
      '-o',
      'json',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...env },
    },
  );
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const end = stdout.indexOf('\n');
      if (end < 0) return;
      const answer = JSON.parse(stdout.slice(0, end)) as Ready & { event: string };
      if (answer.event === 'ready') {
        resolve({ child, ready: answer, output: () => stdout + stderr });
        return;
      }
      // Said, but its folder is free again only when it has ended.
      child.once('exit', () => reject(new StartFailed({ ...answer }, stderr)));
    });
    child.on('exit', (code) => {
      if (!stdout.includes('\n')) reject(new StartFailed({ exit: code }, stdout + stderr));
    });
  });
}

async function setUp(control: string, linkFile: string): Promise<string> {
  const link = readFileSync(linkFile, 'utf8').trim().split('#setup=')[1];
  const client = createControlClient({ url: control, credential: undefined });
  const answer: Record<string, unknown> = await client.request('POST', '/v1/setup', {
    link,
    name: 'ada',
  });
  return String(answer['credential']);
}

async function enrolAgent(control: string, admin: ControlClient, name: string): Promise<TestAgent> {
  const issued: Record<string, unknown> = await admin.request(
    'POST',
    `/v1/agents/${name}/join-token`,
  );
  const key = generateInstanceKey();
  const identity = await enrol({ control, joinToken: String(issued['joinToken']), key });
  return { name, control, key, identity, fetch: createAgentFetch({ control, key, identity }) };
}

export function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
