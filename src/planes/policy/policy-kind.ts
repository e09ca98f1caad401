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
  parse(name: string, spec: JsonObject) {
    const problems: DocumentProblem[] = Object.keys(spec)
      .filter((key) => key !== 'cedar')
      .map((key) => ({
        path: ['spec', key],
        message: `unknown key ${unknownName(key, ['cedar'])}`,
        suggestedAction: 'remove it; a policy has the key `cedar` only',
      }));
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
    return { kind: 'parsed', entry: { name, cedar }, references: [] };
  },
};
