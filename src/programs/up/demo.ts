import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import { seedEstate } from '../../../examples/demo-estate/seed.ts';

export interface Demo {
  /** Folder of the documents, ready to load. */
  readonly documents: string;
  readonly secrets: Record<string, string>;
  /** From now on nothing of it is started again. */
  expectEnd(): void;
  stop(): Promise<void>;
}

const estate = fileURLToPath(new URL('../../../examples/demo-estate', import.meta.url));
const startMs = 15_000;
const restartMs = 200;
const stopGraceMs = 3_000;
const secretBook = z.record(z.string(), z.string());

/** A small company beside the product: its data, its tool servers, its documents. */
export async function startDemoEstate(folder: string): Promise<Demo> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secrets = readSecrets(join(folder, 'secrets.json'));
  seedEstate(folder, secrets['crm-token'] ?? '');
  const billing = await startBilling(folder, secrets['billing-key'] ?? '');
  try {
    const documents = materialise(folder, {
      __BILLING_URL__: `http://127.0.0.1:${billing.port}/mcp`,
      __NODE__: process.execPath,
      __ESTATE__: estate,
      __DATA__: folder,
    });
    return { documents, secrets, expectEnd: () => billing.expectEnd(), stop: () => billing.stop() };
  } catch (fault) {
    await billing.stop();
    throw fault;
  }
}

/** Made once, at random, and kept for the next start; readable by their owner only. */
function readSecrets(file: string): Record<string, string> {
  let known: Record<string, string> = {};
  try {
    known = secretBook.parse(parseJson(readFileSync(file)));
  } catch {
    // Not there yet, or not whole: new ones are as good, every server is told at its start.
  }
  const secrets = {
    'billing-key': known['billing-key'] ?? `hlb_${randomBytes(24).toString('base64url')}`,
    'crm-token': known['crm-token'] ?? `hlc_${randomBytes(24).toString('base64url')}`,
  };
  writeFileSync(`${file}.new`, canonicalText(secrets), { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  return secrets;
}

function materialise(folder: string, values: Readonly<Record<string, string>>): string {
  const target = join(folder, 'documents');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { mode: 0o700 });
  for (const name of readdirSync(join(estate, 'documents'))) {
    const text = readFileSync(join(estate, 'documents', name), 'utf8');
    // Placeholders stand inside double quotes, where YAML escapes as JSON does.
    const filled = text.replaceAll(/__[A-Z_]+__/g, (placeholder) =>
      canonicalText(values[placeholder] ?? placeholder).slice(1, -1),
    );
    writeFileSync(join(target, name), filled, { mode: 0o600 });
  }
  return target;
}

interface Billing {
  readonly port: number;
  expectEnd(): void;
  stop(): Promise<void>;
}

/** A process of its own, as a vendor's would be: restarted when it dies, on the same port. */
function startBilling(folder: string, key: string): Promise<Billing> {
  const entry = new URL('../../../examples/demo-estate/servers/billing.ts', import.meta.url);
  let child: ChildProcess | undefined;
  let port = 0;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  const expectEnd = (): void => {
    stopping = true;
    clearTimeout(timer);
  };
  const stop = async (): Promise<void> => {
    expectEnd();
    if (child !== undefined) await end(child);
  };
  return new Promise((resolve, reject) => {
    const tooSlow = setTimeout(() => fail('did not start in time'), startMs);
    const fail = (why: string): void => {
      clearTimeout(tooSlow);
      const message = `the billing server of the demo ${why}`;
      const suggestedAction = 'start without it: `bailiwick up --no-demo`';
      void stop().then(() =>
        reject(new BailiwickError('gateway/internal', { message, suggestedAction })),
      );
    };
    const start = (): void => {
      const started = fork(entry, [], {
        execArgv: ['--disable-warning=ExperimentalWarning'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      child = started;
      started.send({ folder, key, port });
      started.once('message', (message: { port: number }) => {
        clearTimeout(tooSlow);
        port = message.port;
        resolve({ port, expectEnd, stop });
      });
      started.once('error', () => undefined);
      started.once('exit', () => {
        if (child === started) child = undefined;
        if (stopping) return;
        if (port === 0) fail('ended early');
        else timer = setTimeout(start, restartMs);
      });
    };
    start();
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
  await gone;
  clearTimeout(cut);
}
