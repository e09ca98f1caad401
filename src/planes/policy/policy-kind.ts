import { z } from 'zod';
import { type DocumentKind, type DocumentProblem, unknownName } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { policyRisk } from './policy-risk.ts';

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
});

const keys = ['cedar', 'shadow', 'replaces'];

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
  parse(name: string, spec: JsonObject) {
    const problems: DocumentProblem[] = Object.keys(spec)
      .filter((key) => !keys.includes(key))
      .map((key) => ({
        path: ['spec', key],
        message: `unknown key ${unknownName(key, keys)}`,
        suggestedAction: 'remove it; a policy has the keys `cedar`, `shadow` and `replaces` only',
      }));
    problems.push(...shadowProblems(spec));
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
    return { kind: 'parsed', entry: { name, cedar, ...shadowOf(spec) }, references: [] };
  },
};

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
