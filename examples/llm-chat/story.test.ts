import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../test/e2e/instance.ts';
import {
  type FakeModelProvider,
  startFakeModelProvider,
} from '../../test/fakes/fake-model-provider/index.ts';

const key = `sk-real-${crypto.randomUUID()}`;
const documents = readFileSync(new URL('./documents/chat.yaml', import.meta.url), 'utf8');
const program = fileURLToPath(new URL('./chat.ts', import.meta.url));

let provider: FakeModelProvider;
let instance: Instance;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  provider = await startFakeModelProvider({ key });
  const yaml = documents.replace('https://api.openai.com/v1', provider.url);
  instance = await startInstance({ documents: { 'chat.yaml': yaml } });
  await instance.admin.request('PUT', '/v1/secrets/openai-key', { value: key });
  const token = await instance.admin.request('POST', '/v1/agents/chat/token', { reason: 'story' });
  env = {
    OPENAI_BASE_URL: instance.gateway.replace(/\/mcp$/, '/llm/v1'),
    OPENAI_API_KEY: String((token as Record<string, unknown>)['accessToken']),
  };
}, 60_000);
afterAll(async () => {
  await instance?.remove();
  await provider?.close();
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function chat(model: string, question: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, model, question], { env });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

interface Told {
  readonly type: string;
  readonly target: { readonly target: string };
  readonly usage?: unknown;
  readonly decision?: { readonly rules: readonly string[] };
}

async function recordsOf(type: string): Promise<readonly Told[]> {
  const answer: unknown = await instance.admin.request(
    'GET',
    `/v1/records?type=${type}&agent=chat`,
  );
  const { records } = answer as { readonly records: readonly { readonly record: Told }[] };
  return records.map(({ record }) => record);
}

describe('the example of an agent that talks to a model', () => {
  it('is answered in pieces, and the record tells what it cost [AUD-01]', async () => {
    const question = 'what is new at the harbour today?';
    // The key and the token are heard of a moment after they were given.
    await expect
      .poll(() => chat('openai/gpt-5-mini', question), { timeout: 20_000 })
      .toEqual({
        code: 0,
        out: `${question}\n`,
        err: '',
      });
    const [asked] = provider.requests();
    expect(asked?.headers['authorization']).toBe(`Bearer ${key}`);
    expect(asked?.body.toString()).toContain('"max_completion_tokens":1000');
    // A record can be read once it is under a checkpoint.
    await expect
      .poll(() => recordsOf('policy.outcome'), { timeout: 10_000 })
      .toMatchObject([
        {
          target: { target: 'model:openai/gpt-5-mini' },
          usage: { inputTokens: 11, outputTokens: 7, estimated: false },
        },
      ]);
  });

  it('may not ask a model that a rule forbids, nor one that its manifest does not name [POL-02]', async () => {
    const before = provider.requests().length;
    const forbidden = await chat('openai/gpt-5-pro', 'hello');
    expect([forbidden.code, forbidden.out]).toEqual([1, '']);
    expect(forbidden.err).toMatch(/^refused: policy\/denied \(403 /);
    expect((await chat('openai/gpt-4', 'hello')).err).toMatch(
      /^refused: models\/not-visible \(404 /,
    );
    expect(provider.requests()).toHaveLength(before);
    const asked = { agent: 'chat', target: 'model:openai/gpt-5-pro' };
    const why = await instance.admin.request('POST', '/v1/policies/explain', asked);
    expect(why).toMatchObject({ effect: 'deny', rules: ['no-dear-models'] });
  });

  it('is stopped with its provider at once [MON-17]', async () => {
    const target = { kind: 'model', name: 'openai' };
    await instance.admin.request('POST', '/v1/stops', { target, reason: 'the bill' });
    expect((await chat('openai/gpt-5-mini', 'hello')).err).toMatch(/^refused: stop\/active \(403 /);
  });
});
