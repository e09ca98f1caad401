import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { textOf } from './admin.ts';

export interface Ready {
  readonly gateway: string;
  readonly control: string;
  readonly setupLinkFile: string;
}

export interface Instance {
  readonly ready: Promise<Ready>;
  stop(): Promise<void>;
}

const up = fileURLToPath(new URL('../up/main.ts', import.meta.url));
const readyMs = 60_000;
const stopGraceMs = 20_000;
const keptErrorBytes = 16_384;

/** The product itself, as `bailiwick up` starts it, on free ports. */
export function startInstance(folders: { data: string; keys: string }): Instance {
  const flags = ['--data', folders.data, '--keys', folders.keys, '-o', 'json'];
  const free = ['--gateway', '127.0.0.1:0', '--gateway-tls', '127.0.0.1:0'];
  const child = spawn(
    process.execPath,
    [...process.execArgv, up, ...flags, ...free, '--control', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'pipe'], env: ownEnvironment() },
  );
  return { ready: firstLine(child), stop: () => stopChild(child) };
}

/** What a person has set for their own instance is not meant for this one. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('BAILIWICK_'));
  return Object.fromEntries(kept);
}

async function firstLine(child: ChildProcess): Promise<Ready> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw early('it has no output');
  let said = '';
  stderr.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-keptErrorBytes)));
  const lines = createInterface({ input: stdout });
  const line = await new Promise<string>((resolve, reject) => {
    const tooSlow = setTimeout(() => reject(early(`it was not ready in time\n${said}`)), readyMs);
    lines.once('line', (text) => {
      clearTimeout(tooSlow);
      resolve(text);
    });
    child.once('close', () => {
      clearTimeout(tooSlow);
      reject(early(said.trim()));
    });
  });
  return readyOf(parseJson(Buffer.from(line)));
}

function readyOf(place: unknown): Ready {
  if (!isJsonObject(place)) throw early('it said something that is no JSON object');
  if (place['event'] !== 'ready')
    throw early(`${textOf(place, 'code')}: ${textOf(place, 'message')}`);
  return {
    gateway: textOf(place, 'gateway'),
    control: textOf(place, 'console'),
    setupLinkFile: textOf(place, 'setupLinkFile'),
  };
}

function early(why: string): BailiwickError {
  return new BailiwickError('gateway/internal', {
    message: `the instance of the demo did not start: ${why}`,
    suggestedAction: 'try `bailiwick up` to see why',
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
  await gone;
  clearTimeout(cut);
}
