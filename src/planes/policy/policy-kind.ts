import { z } from 'zod';
import { type DocumentKind, type DocumentProblem, unknownName } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { policyRisk } from './policy-risk.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const keys = ['cedar', 'shadow', 'replaces', 'environments'];

/** For editors alone: `parse` says the same in words that fit a single key. */
const policySpec = z.strictObject({
  cedar: z.string().describe('the rules, as a block of Cedar text'),
  shadow: z
    .boolean()
    .optional()
    .describe(
      'true: it decides nothing, and what it would change is counted (`policy shadow report`)',
    ),
  replaces: z.string().optional().describe('of a shadow: the policy whose place it would take'),
  environments: z
    .array(name)
    .min(1)
    .max(32)
    .optional()
    .describe('names of Environment documents in which alone its rules hold'),
});

/**
 * `kind: Policy`. The text itself is judged by the policy engine, against the pinned tools, when
 * the documents are compiled; here stands only its shape.
 */
export const policyKind: DocumentKind<PolicyEntry> = {
  kind: 'Policy',
  section: section<PolicyEntry>('policies', 'list'),
  schema: policySpec,
  risk: policyRisk,
  text: ['spec', 'cedar'],
  parse(policy: string, spec: JsonObject) {
    const problems: DocumentProblem[] = Object.keys(spec)
      .filter((key) => !keys.includes(key))
      .map((key) => ({
        path: ['spec', key],
        message: `unknown key ${unknownName(key, keys)}`,
        suggestedAction: `remove it; a policy has the keys ${keys.map((one) => `\`${one}\``).join(', ')} only`,
      }));
    problems.push(...shadowProblems(spec));
    const environments = policySpec.shape.environments.safeParse(spec['environments']);
    if (!environments.success) {
      problems.push({
        path: ['spec', 'environments'],
        message: '`environments` is no list of names',
        suggestedAction: 'list the names of Environment documents, or leave it out',
      });
    }
    const cedar = Object.hasOwn(spec, 'cedar') ? spec['cedar'] : undefined;
    if (typeof cedar !== 'string') {
      problems.push({
        path: ['spec', 'cedar'],
        message: '`cedar` is missing or not text',
        suggestedAction: 'write the rules as a block of Cedar text',
      });
    } else if (Buffer.byteLength(cedar, 'utf8') > limits.documentBytes) {
      problems.push({
        path: ['spec', 'cedar'],
        message: 'the text is too long',
        suggestedAction: 'split it into several policies',
      });
    }
    if (typeof cedar !== 'string' || problems.length > 0) return { kind: 'problems', problems };
    const named = environments.data ?? [];
    return {
      kind: 'parsed',
      entry: {
        name: policy,
        cedar,
        ...shadowOf(spec),
        ...(named.length === 0 ? {} : { environments: named }),
      },
      references: named.map((one, at) => ({
        kind: 'Environment',
        name: one,
        path: ['spec', 'environments', at],
      })),
    };
  },
  environments: (entry) => entry.environments ?? [],
  compile: (entry, { environment }) => (isIn(entry, environment) ? entry : 'nothing'),
};

/** Elsewhere it is not there: a rule for one environment says nothing in another. */
function isIn({ environments }: PolicyEntry, environment: string | undefined): boolean {
  return environments === undefined || environments.some((one) => one === environment);
}

/** What a document says in an environment; undefined where it says nothing there, or cannot be read. */
export function policyIn(
  policy: string,
  spec: JsonObject,
  environment: string | undefined,
): PolicyEntry | undefined {
  const parsed = policyKind.parse(policy, spec);
  if (parsed.kind === 'problems' || !isIn(parsed.entry, environment)) return undefined;
  return parsed.entry;
}

function shadowProblems(spec: JsonObject): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const { shadow, replaces } = spec;
  if (shadow !== undefined && typeof shadow !== 'boolean') {
    problems.push({
      path: ['spec', 'shadow'],
      message: '`shadow` is neither true nor false',
      suggestedAction: 'write `shadow: true`, or leave it out',
    });
  }
  if (replaces === undefined) return problems;
  const isName = typeof replaces === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(replaces);
  if (!isName || shadow !== true) {
    problems.push({
      path: ['spec', 'replaces'],
      message: '`replaces` is the name of a policy, and of a shadow alone',
      suggestedAction: 'write it beside `shadow: true`, or leave it out',
    });
  }
  return problems;
}

function shadowOf({ shadow, replaces }: JsonObject): Pick<PolicyEntry, 'shadow' | 'replaces'> {
  if (shadow !== true) return {};
  return { shadow, ...(typeof replaces === 'string' ? { replaces } : {}) };
}
