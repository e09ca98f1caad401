import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { bundlesIn, type Evidence, evidenceBytes, signaturesIn } from './evidence.ts';
import type { NamedContent } from './verdict.ts';

const run = promisify(execFile);

export interface RegistryAsk {
  /** What npm runs with: it says which registry is asked. */
  readonly environment: Readonly<Record<string, string>>;
  /** Flags that keep npm in a folder of ours. */
  readonly flags: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
}

/**
 * What the package registry shows, and nobody else is asked: neither a log nor an authority. Throws when it
 * does not answer, or answers what cannot be read.
 */
export async function askRegistry(content: NamedContent, ask: RegistryAsk): Promise<Evidence> {
  const dist = await distOf(content, ask);
  const signatures = signaturesIn(dist);
  // Where it says so, not where else it may be: the address that it gives is not followed.
  if (!isJsonObject(dist['attestations'])) return { signatures, bundles: [] };
  return { signatures, bundles: await attestationsOf(content, ask) };
}

async function distOf({ name, version }: NamedContent, ask: RegistryAsk): Promise<JsonObject> {
  const text = await npm(['view', `${name}@${version}`, 'dist', '--json'], ask);
  const value: unknown = parseJson(Buffer.from(text));
  if (!isJsonObject(value)) throw new TypeError('no package');
  return value;
}

async function attestationsOf(
  { name, version }: NamedContent,
  ask: RegistryAsk,
): Promise<readonly JsonObject[]> {
  const path = `-/npm/v1/attestations/${name.replace('/', '%2f')}@${version}`;
  const base = await registryOf(name, ask);
  const answer = await get(new URL(path, base.endsWith('/') ? base : `${base}/`), ask.timeoutMs);
  if (answer === undefined) return [];
  const value: unknown = parseJson(answer);
  if (!isJsonObject(value)) throw new TypeError('no attestations');
  return bundlesIn(value);
}

async function registryOf(name: string, ask: RegistryAsk): Promise<string> {
  const scope = name.startsWith('@') ? [`${name.split('/')[0]}:registry`] : [];
  // One at a time: asked for several, npm writes them in another form.
  for (const key of [...scope, 'registry']) {
    const value = (await npm(['config', 'get', key], ask)).trim();
    if (/^https?:/.test(value)) return value;
  }
  throw new TypeError('no registry');
}

async function npm(words: readonly string[], ask: RegistryAsk): Promise<string> {
  const { stdout } = await run('npm', [...words, ...ask.flags], {
    cwd: ask.cwd,
    env: { ...ask.environment },
    timeout: ask.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: evidenceBytes,
  });
  return stdout;
}

/** Undefined where there is none. No redirect is followed. */
async function get(url: URL, timeoutMs: number): Promise<Buffer | undefined> {
  const { request } = await import('undici');
  const { statusCode, body } = await request(url, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
  });
  if (statusCode !== 200) {
    await body.dump({ limit: 65_536 }).catch(() => undefined);
    if (statusCode === 404) return undefined;
    throw new TypeError(`status ${statusCode}`);
  }
  return bounded(body);
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > evidenceBytes) throw new TypeError('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
