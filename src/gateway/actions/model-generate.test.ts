import { beforeAll, describe, expect, it } from 'vitest';
import { providerEntry } from '#contracts/model-provider.suite.ts';
import type { Generation, GenerationAnswer } from '#contracts/model-provider.ts';
import type { SideEffect } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { Attempt } from '../attempt.ts';
import { createIntake } from '../intake.ts';
import type { Lent } from '../progress.ts';
import type { Asking } from '../subject.ts';
import { systemTimer } from '../streams/timer.ts';
import { modelGenerate, type ModelGenerateParts } from './model-generate.ts';

let intake: ModelGenerateParts['intake'];

beforeAll(() => {
  const inspector = createInspector();
  intake = createIntake({ scrubber: createScrubber(), inspector, timer: systemTimer });
});

const request: JsonObject = { messages: [{ role: 'user', content: 'hello' }] };
const argumentBytes = canonicalBytes(request);

/** A model whose document bounds output at 100, asked once under the bound that the judge found. */
async function exchange(
  generate: (asked: Generation) => Promise<GenerationAnswer>,
  outputBound?: number,
) {
  const found = {
    provider: providerEntry('http://127.0.0.1/v1'),
    model: { upstream: 'm', sensitivity: 'internal', resultLabels: [], maxOutputTokens: 100 },
    manifest: { name: 'chat', sensitivity: 'internal' },
    agent: { environment: 'test' },
    choices: 3,
    outputBound,
    outsideEnvelope: undefined,
  };
  const parts = {
    intake,
    connections: { open: () => ({ generate }) },
  } as unknown as ModelGenerateParts;
  const principal = { tenant: 'main' };
  const call = { id: 'c', signal: new AbortController().signal };
  const configuration = { of: () => ({ resolve: () => found }) };
  const asking = { principal, call, configuration } as unknown as Asking;
  const target = { kind: 'model', owner: 'fake', name: 'm' } as const;
  const content = { target, named: 'fake/m', arguments: request, argumentBytes };
  const subject = modelGenerate(parts).resolve(asking, content);
  if (isRefusal(subject) || !('exchange' in subject)) throw new Error('it was not found');
  const attempt = new Attempt();
  const walk = { ...asking, loan: { lent: [] }, intent: newId(0) } as unknown as Lent;
  const taken = await subject.exchange(walk, attempt).catch(() => undefined);
  return { taken, attempt };
}

const failing = (code: Parameters<typeof refusal>[0], effect: SideEffect) => async () =>
  ({ kind: 'failed', refusal: refusal(code), effect }) as const;

const asked = {
  inputTokens: Math.ceil(argumentBytes.length / 4),
  outputTokens: 0,
  estimated: true,
};

describe('the usage of a generation that failed', () => {
  it.each([
    'models/upstream-timeout',
    'models/upstream-error',
    'models/answer-too-large',
    'gateway/cancelled',
  ] as const)('after it was sent (%s) is estimated at what was asked', async (code) => {
    const { attempt } = await exchange(failing(code, 'unknown'));
    expect(attempt.usage).toEqual(asked);
  });

  it('before a byte left is none', async () => {
    const { attempt } = await exchange(failing('models/upstream-unreachable', 'none'));
    expect(attempt.usage).toBeUndefined();
  });

  it('is estimated also when its provider broke its promise to answer', async () => {
    const { taken, attempt } = await exchange(() => Promise.reject(new Error('broken')));
    expect(taken).toBeUndefined();
    expect(attempt).toMatchObject({ effect: 'unknown', usage: asked });
  });
});

describe('the number of choices', () => {
  it('is told to the provider’s connection as the judge found it', async () => {
    let said = 0;
    await exchange(async ({ choices }) => {
      said = choices;
      return failing('models/upstream-error', 'unknown')();
    });
    expect(said).toBe(3);
  });
});

describe('the bound on output', () => {
  it.each([[100], [undefined]])('is asked for as the judge found it: %s', async (bound) => {
    let said: number | undefined = 7;
    await exchange(async ({ maxOutputTokens }) => {
      said = maxOutputTokens;
      return failing('models/upstream-error', 'unknown')();
    }, bound);
    expect(said).toBe(bound);
  });
});
