import { z } from 'zod';
import {
  type DocumentKind,
  type DocumentProblem,
  documentProblems,
} from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { ModelEntry, ModelProvider, ProviderEntry } from '#contracts/model-provider.ts';
import {
  classShape,
  confidentialLabels,
  confidentialSpec,
  credentialShape,
  effectSpec,
  httpUrlSpec,
  keptAs,
  labelsSpec,
  recordSpec,
  resultLabels,
} from '#contracts/target-spec.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';

/** No star and no space: a manifest names each model, and a request writes it after `NAME/`. */
const modelName = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;

const modelSpec = z.strictObject({
  upstream: z.string().min(1).max(256).optional(),
  effect: effectSpec.default('read'),
  ...classShape,
  clearance: confidentialSpec.optional(),
  maxOutputTokens: z.number().int().min(1).max(10_000_000).optional(),
});

const credentialSpec = z.strictObject(credentialShape);

const providerSpec = z.strictObject({
  api: z.string().default('openai'),
  connect: z.strictObject({ url: httpUrlSpec }),
  credential: credentialSpec.optional(),
  models: z
    .record(z.string().regex(modelName, 'this is not the name of a model'), modelSpec)
    .refine((models) => Object.keys(models).length > 0, 'name at least one model'),
  clearance: confidentialSpec.optional(),
  results: z
    .strictObject({
      labels: labelsSpec.optional(),
      record: recordSpec.optional(),
      maxBytes: z.number().int().min(1).max(limits.resultBytes).default(limits.resultBytes),
    })
    .default({ maxBytes: limits.resultBytes }),
  timeoutMs: z.number().int().min(1).max(3_600_000).default(limits.generationMs),
  idleMs: z.number().int().min(1).max(600_000).default(limits.generationIdleMs),
});

type ProviderSpec = z.infer<typeof providerSpec>;

type Shape = Pick<ModelProvider, 'kind'>;

/** Where the Snapshot keeps what becomes of these documents. */
export const providers = section<ProviderEntry>('providers');

/**
 * A model provider: how it is reached, what it is lent, and what the gateway holds of its models. It
 * speaks one of the shapes of API that are built in.
 */
export function createModelKind(builtIn: readonly Shape[]): DocumentKind<ProviderEntry> {
  const apis = builtIn.map(({ kind }) => kind);
  return {
    kind: 'Model',
    section: providers,
    schema: providerSpec,
    risk: {
      lists: { clearance: 'set', 'models.*.clearance': 'set' },
      tightenings: [
        { at: 'models.*', is: 'removed' },
        { at: 'clearance.*', is: 'removed' },
        { at: 'models.*.clearance.*', is: 'removed' },
        { at: 'models.*.maxOutputTokens', is: 'limited' },
        { at: 'timeoutMs', is: 'lowered' },
        { at: 'idleMs', is: 'lowered' },
      ],
      gone: 'tightening',
    },
    targets: ({ name: owner, models, digest }) =>
      Object.keys(models).map((name) => ({ target: { kind: 'model', owner, name }, digest })),
    secrets: ({ credentials }) => credentials.map(({ secret }) => secret),
    parse(name, given) {
      const problems = nameProblems(name);
      const parsed = providerSpec.safeParse(given);
      if (!parsed.success)
        problems.push(...documentProblems('Model', given, parsed.error.issues, providerSpec));
      else problems.push(...apiProblems(apis, parsed.data));
      if (!parsed.success || problems.length > 0) return { kind: 'problems', problems };
      const digest = sha256Hex(canonicalBytes({ name, spec: given }));
      return { kind: 'parsed', entry: entryOf(name, parsed.data, digest), references: [] };
    },
  };
}

function nameProblems(name: string): DocumentProblem[] {
  if (/^[a-z0-9-]{1,64}$/.test(name)) return [];
  return [
    {
      path: ['name'],
      message: 'this is not the name of a model provider',
      suggestedAction: 'use 1 to 64 of a-z, 0-9 and -; models are then called `NAME/MODEL`',
    },
  ];
}

function apiProblems(apis: readonly string[], { api }: ProviderSpec): DocumentProblem[] {
  if (apis.includes(api)) return [];
  return [
    {
      path: ['spec', 'api'],
      message: '`spec.api` names a shape of API that nobody speaks here',
      suggestedAction: `use one of: ${apis.join(', ')}`,
    },
  ];
}

function entryOf(name: string, spec: ProviderSpec, digest: string): ProviderEntry {
  const usual = resultLabels(spec.results.labels);
  return {
    name,
    kind: spec.api,
    url: new URL(spec.connect.url).href,
    credentials: spec.credential === undefined ? [] : [credentialOf(spec.credential)],
    timeoutMs: spec.timeoutMs,
    idleMs: spec.idleMs,
    answerBytes: spec.results.maxBytes,
    models: Object.fromEntries(
      Object.entries(spec.models).map(([model, one]) => [
        model,
        modelOf(model, one, {
          labels: usual,
          record: spec.results.record,
          clearance: spec.clearance,
        }),
      ]),
    ),
    digest,
  };
}

function modelOf(
  name: string,
  spec: z.infer<typeof modelSpec>,
  usual: {
    readonly labels: Labels;
    readonly record: z.infer<typeof recordSpec> | undefined;
    readonly clearance: ProviderSpec['clearance'];
  },
): ModelEntry {
  const clearance = spec.clearance ?? usual.clearance;
  return {
    upstream: spec.upstream ?? name,
    effect: spec.effect,
    reversible: spec.reversible ?? spec.effect === 'read',
    sensitivity: spec.sensitivity,
    maxOutputTokens: spec.maxOutputTokens,
    resultLabels: resultLabels(spec.results.labels, usual.labels),
    ...keptAs(spec.results.record, usual.record),
    ...(clearance === undefined ? {} : { clearance: confidentialLabels(clearance) }),
  };
}

function credentialOf({ secret, header, prefix }: z.infer<typeof credentialSpec>) {
  const name = (header ?? 'authorization').toLowerCase();
  const usual = name === 'authorization' ? 'Bearer ' : '';
  return { kind: 'header', secret, header: name, prefix: prefix ?? usual } as const;
}
