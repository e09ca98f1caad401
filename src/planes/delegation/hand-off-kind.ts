import { z } from 'zod';
import {
  type DocumentKind,
  type DocumentProblem,
  type DocumentReference,
  documentProblems,
} from '#contracts/document-kind.ts';
import { type NamedEntry, section } from '#contracts/section.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { ownerDocuments } from '#kernel/target.ts';

/** Who may hand work on to whom, and what of it. */
export interface HandOffEntry extends NamedEntry {
  readonly from: string;
  readonly to: string;
  /** Undefined: whatever both of them may. */
  readonly scope?: TaskScope;
  /** From the first agent of the chain to the one that it is handed to. */
  readonly depth: number;
  /** What the user said to the first of them holds for the other one too. */
  readonly words?: true;
  /** Of the document: a changed one is another permission. */
  readonly digest: string;
}

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');

const handOffSpec = z
  .strictObject({
    from: name,
    to: name,
    for: z
      .custom<JsonObject>(isJsonObject, 'must be an object')
      .meta({ type: 'object' })
      .optional(),
    words: z.boolean().default(false),
    depth: z.int().min(1).max(limits.handOffs).default(Math.min(3, limits.handOffs)),
  })
  .refine(({ from, to }) => from !== to, 'an agent hands nothing on to itself');

export const handOffSection = section<HandOffEntry>('handOffs');

/** Reads what a task can be narrowed to; throws `api/invalid` with every problem. */
export type ReadScope = (given: JsonObject) => TaskScope;

/**
 * The boundary between agents, outside of them. INVARIANT: who is not listed hands nothing on; what is listed
 * only narrows what both may anyway.
 */
export function createHandOffKind(readScope: ReadScope): DocumentKind<HandOffEntry> {
  return {
    kind: 'HandOff',
    section: handOffSection,
    schema: handOffSpec,
    risk: {
      lists: {},
      tightenings: [
        { at: 'depth', is: 'lowered' },
        { at: 'words', is: { to: false } },
      ],
      gone: 'tightening',
    },
    // It lets one agent act through another: whoever operates gives nobody more than they have.
    writtenBy: 'admin',
    parse(of, given) {
      const parsed = handOffSpec.safeParse(given);
      if (!parsed.success) {
        const problems = documentProblems('HandOff', given, parsed.error.issues, handOffSpec);
        return { kind: 'problems', problems };
      }
      const { from, to, for: scoped, depth, words } = parsed.data;
      const scope = scoped === undefined ? undefined : scopeOf(readScope, scoped);
      if (Array.isArray(scope)) return { kind: 'problems', problems: scope };
      const digest = sha256Hex(canonicalBytes({ name: of, spec: given }));
      return {
        kind: 'parsed',
        entry: {
          name: of,
          from,
          to,
          ...(scope === undefined ? {} : { scope }),
          depth,
          ...(words ? { words } : {}),
          digest,
        },
        references: [
          { kind: 'Agent', name: from, path: ['spec', 'from'] },
          { kind: 'Agent', name: to, path: ['spec', 'to'] },
          ...referencesOf(scope),
        ],
      };
    },
  };
}

function scopeOf(readScope: ReadScope, given: JsonObject): TaskScope | DocumentProblem[] {
  try {
    return readScope(given);
  } catch (fault) {
    if (!(fault instanceof BailiwickError)) throw fault;
    const found = fault.details?.['problems'];
    const problems = Array.isArray(found) ? found : [fault.message];
    return problems.map((problem) => ({
      path: ['spec', 'for'],
      message: String(problem),
      suggestedAction: 'see the kind HandOff in docs/config.md',
    }));
  }
}

function referencesOf(scope: TaskScope | undefined): readonly DocumentReference[] {
  return (scope?.targets ?? []).flatMap(({ target }) => {
    const kind = ownerDocuments[target.kind];
    return kind === undefined ? [] : [{ kind, name: target.owner, path: ['spec', 'for'] }];
  });
}
