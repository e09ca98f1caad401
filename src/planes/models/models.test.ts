import { describe, expect, it } from 'vitest';
import type { ProviderEntry } from '#contracts/model-provider.ts';
import { isRefusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, ManifestEntry } from '#kernel/snapshot.ts';
import { parseTarget, type Target } from '#kernel/target.ts';
import { createModelKind } from './model-kind.ts';
import { modelView } from './view.ts';
import { listed } from '../../../test/fakes/listed.ts';

const modelKind = createModelKind([{ kind: 'openai' }, { kind: 'other' }]);

const spec: JsonObject = {
  connect: { url: 'https://api.example/v1' },
  credential: { secret: 'openai-key' },
  models: {
    'gpt-5': {
      upstream: 'gpt-5-2026-08-07',
      effect: 'write',
      sensitivity: 'sensitive',
      maxOutputTokens: 1_000,
      results: { labels: [] },
    },
    'vendor/small': {},
  },
};

function entryOf(given: JsonObject = spec): ProviderEntry {
  const parsed = modelKind.parse('openai', given);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.entry;
}

function problemsOf(given: JsonObject, name = 'openai'): readonly string[] {
  const parsed = modelKind.parse(name, given);
  return parsed.kind === 'parsed' ? [] : parsed.problems.map(({ message }) => message);
}

describe('a Model document', () => {
  it('says what the gateway holds of each model; unsaid is `read` and untrusted', () => {
    expect(entryOf()).toMatchObject({
      name: 'openai',
      kind: 'openai',
      url: 'https://api.example/v1',
      credentials: [
        { kind: 'header', secret: 'openai-key', header: 'authorization', prefix: 'Bearer ' },
      ],
      timeoutMs: limits.generationMs,
      idleMs: limits.generationIdleMs,
      answerBytes: limits.resultBytes,
      models: {
        'gpt-5': {
          upstream: 'gpt-5-2026-08-07',
          effect: 'write',
          reversible: false,
          sensitivity: 'sensitive',
          maxOutputTokens: 1_000,
          resultLabels: [],
        },
        'vendor/small': {
          upstream: 'vendor/small',
          effect: 'read',
          reversible: true,
          sensitivity: 'internal',
          maxOutputTokens: undefined,
          resultLabels: ['integrity:untrusted'],
        },
      },
    });
  });

  it('carries a key in the header that it names, and with what it writes before it [SYS-042]', () => {
    const azure = entryOf({ ...spec, credential: { secret: 'azure-key', header: 'Api-Key' } });
    expect(azure.credentials).toEqual([
      { kind: 'header', secret: 'azure-key', header: 'api-key', prefix: '' },
    ]);
  });

  it.each<[string, JsonObject]>([
    ['`spec.connect.url`', { ...spec, connect: { url: 'https://u:p@api.example' } }],
    ['`spec.connect.url`', { ...spec, connect: { url: 'ftp://api.example' } }],
    ['`spec.models`', { ...spec, models: {} }],
    ['`spec.models.a b`', { ...spec, models: { 'a b': {} } }],
    ['`spec.models.gpt-*`', { ...spec, models: { 'gpt-*': {} } }],
    ['`spec.credential.header`', { ...spec, credential: { secret: 'x', header: 'host' } }],
    ['`spec.credential.header`', { ...spec, credential: { secret: 'x', header: 'Last-Event-Id' } }],
    ['`spec.api`', { ...spec, api: 'unheard-of' }],
    ['unknown key `keys`', { ...spec, keys: [] }],
  ])('has a problem at %s', (where, given) => {
    expect(problemsOf(given).join()).toContain(where);
  });

  it('names a shape of API that is built in, and the first of them where it names none', () => {
    expect(entryOf({ ...spec, api: 'other' }).kind).toBe('other');
    const parsed = modelKind.parse('openai', { ...spec, api: 'unheard-of' });
    expect(parsed).toMatchObject({
      kind: 'problems',
      problems: [{ path: ['spec', 'api'], suggestedAction: 'use one of: openai, other' }],
    });
  });

  it('has a name that can stand before a slash', () => {
    expect(problemsOf(spec, 'Open AI')).toEqual(['this is not the name of a model provider']);
  });
});

const agent: AgentEntry = {
  name: 'support',
  owner: 'maria@example.com',
  purpose: 'answers',
  manifest: 'chat',
  environment: 'production',
  ratePerMinute: 600,
  burst: 600,
  callsPerDay: undefined,
  unboundEffects: ['read'],
  suspended: false,
  toolLimit: 128,
};

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'support',
  instance: 'i1',
  session: 's1',
  task: 't1',
  binding: 'dpop',
  user: undefined,
  hops: [],
  keyThumbprint: 'k1',
};

const request: JsonObject = { messages: [{ role: 'user', content: 'hello' }] };

function viewOf(targets: readonly string[]) {
  const manifest: ManifestEntry = {
    name: 'chat',
    targets: targets.map(listed),
    sensitivity: 'internal',
  };
  return modelView({
    main: {
      agents: { support: agent },
      manifests: { chat: manifest },
      providers: { openai: entryOf() },
    },
  });
}

function target(text: string): Target {
  const parsed = parseTarget(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

describe('what an agent sees of models', () => {
  it('is what its manifest grants by name and a document declares, in its order', () => {
    const view = viewOf([
      'model:openai/vendor/small',
      'model:openai/gpt-5',
      'model:openai/gone',
      'resource:openai/x:y',
    ]);
    expect(view.list(principal)).toEqual(['openai/vendor/small', 'openai/gpt-5']);
    expect(view.list({ ...principal, agent: 'other' })).toEqual([]);
    expect(view.list({ ...principal, tenant: 'other' })).toEqual([]);
  });

  it('has one answer for what is hidden and for what does not exist', () => {
    const view = viewOf(['model:openai/gpt-5', 'model:openai/vendor/*']);
    const asked = [
      'model:openai/vendor/small',
      'model:openai/none',
      'model:nobody/x',
      'model:openai',
    ];
    const answers = asked.map((text) => view.resolve(principal, target(text), request));
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers[0]).toMatchObject({ code: 'models/not-visible', status: 404 });
    expect(asked.map((text) => view.sees(principal, target(text)))).toEqual(asked.map(() => false));
  });

  it('is bounded by the document where the request bounds nothing', () => {
    const view = viewOf(['model:openai/gpt-5', 'model:openai/vendor/small']);
    const bound = (name: string, more: JsonObject = {}) => {
      const resolved = view.resolve(principal, target(name), { ...request, ...more });
      if (isRefusal(resolved)) throw new Error(resolved.code);
      return resolved.outputBound;
    };
    expect(bound('model:openai/gpt-5')).toBe(1_000);
    expect(bound('model:openai/gpt-5', { max_tokens: 5 })).toBeUndefined();
    expect(bound('model:openai/gpt-5', { max_completion_tokens: 5 })).toBeUndefined();
    expect(bound('model:openai/vendor/small')).toBeUndefined();
  });

  it.each([
    [undefined, 1],
    [2, 2],
  ])('asked for %s choices is asked for %i', (n, choices) => {
    const view = viewOf(['model:openai/gpt-5']);
    const more: JsonObject = n === undefined ? {} : { n };
    const resolved = view.resolve(principal, target('model:openai/gpt-5'), { ...request, ...more });
    expect(resolved).toMatchObject({ choices });
  });

  it('is judged in order: visible, well formed, inside the document’s bounds', () => {
    const view = viewOf(['model:openai/gpt-5']);
    const gpt = target('model:openai/gpt-5');
    const ask = (more: JsonObject) => view.resolve(principal, gpt, { ...request, ...more });
    expect(ask({ web_search_options: {} })).toMatchObject({ code: 'models/provider-executed' });
    for (const [tokens, code] of [
      [1_000, undefined],
      [1_001, 'models/outside-envelope'],
    ] as const) {
      const resolved = ask({ max_tokens: tokens });
      if (isRefusal(resolved)) throw new Error(resolved.code);
      expect(resolved.outsideEnvelope?.code).toBe(code);
      expect(resolved.outputBound).toBeUndefined();
      expect(resolved.model.upstream).toBe('gpt-5-2026-08-07');
    }
  });
});
