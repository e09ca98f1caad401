import type { z } from 'zod';
import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import type { RecordType } from '#kernel/record.ts';
import type { PinnedTool, TenantSnapshot } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';
import type { RiskRules } from './document-risk.ts';
import type { AgentReview } from './oversight-book.ts';
import { knownKeys } from './known-keys.ts';
import type { NamedTarget } from './policy-engine.ts';
import { entriesOf, type NamedEntry, type Section } from './section.ts';

export interface DocumentProblem {
  /** Path inside the document, such as `spec.tools.0.tool`; the loader adds file and line. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly suggestedAction: string;
}

export interface DocumentReference {
  readonly kind: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
  /** What of it, where one is named: a document that lists all that it has must have this one. */
  readonly target?: Target;
}

/** What the system knows of a tenant beside its documents. */
export interface TenantFacts {
  /** Agents that are suspended whatever their document says. */
  readonly suspended: ReadonlySet<string>;
  /** When somebody looked at each agent last. */
  readonly reviewed: ReadonlyMap<string, AgentReview>;
  readonly now: number;
  /** Which one this is, as whoever started it says; undefined where nobody did. */
  readonly environment?: string | undefined;
}

export interface RecordedChange {
  readonly type: RecordType;
  readonly details: JsonObject;
}

/**
 * A plane's own kind of document: it alone knows the shape, and where the Snapshot keeps it. Unknown
 * keys are problems.
 */
export interface DocumentKind<Entry extends NamedEntry = NamedEntry> {
  readonly kind: string;
  /** INVARIANT: its own; two kinds never share one. */
  readonly section: Section<Entry>;
  /** The shape of its `spec`, for editors; `parse` asks it and may ask more. */
  readonly schema?: z.core.$ZodType;
  /**
   * Set where it says what people may, who they are or how they must have signed in: whoever operates
   * gives nobody more than they have. Of some kinds only documents that say so are an admin's.
   */
  readonly writtenBy?: 'admin' | ((spec: JsonObject) => 'admin' | undefined);
  parse(
    name: string,
    spec: JsonObject,
  ):
    | {
        readonly kind: 'parsed';
        readonly entry: Entry;
        readonly references: readonly DocumentReference[];
      }
    | { readonly kind: 'problems'; readonly problems: readonly DocumentProblem[] };
  /** What a change of it does to what is allowed; without it every change is risky. */
  readonly risk?: RiskRules;
  /** What the Snapshot holds of it, by what the system knows beside the documents; usually itself. `nothing`: it does not hold here. */
  compile?(entry: Entry, facts: TenantFacts): Entry | 'nothing';
  /** In which environments it holds; in all of them where it names none. */
  environments?(entry: Entry): readonly string[];
  /** Where the text stands in whose own lines a plane tells its problems. */
  readonly text?: readonly string[];
  /**
   * What of it a rule of policy, a manifest or a stop may name: all that it has of a kind, or one without
   * a name where only calls will tell. Tools are named by their pins.
   */
  targets?(entry: Entry): readonly NamedTarget[];
  /** The names of the secrets that the vault must hold for it. */
  secrets?(entry: Entry): readonly string[];
  /**
   * What of a change of it is put on record by itself, before it is in force: what a person must be
   * able to find without comparing documents. Undefined: the document is new.
   */
  recorded?(before: Entry | undefined, after: Entry): readonly RecordedChange[];
  /** What is wrong with it beside the definitions of tools that are approved now. */
  against?(
    entry: Entry,
    pinned: (server: string, tool: string) => PinnedTool | undefined,
  ): readonly DocumentProblem[];
}

/** All that the documents of a tenant say may be named. */
export function declaredTargets(
  kinds: readonly DocumentKind[],
  tenant: TenantSnapshot | undefined,
): readonly NamedTarget[] {
  return kinds.flatMap((kind) =>
    Object.values(entriesOf(tenant, kind.section)).flatMap((entry) =>
      (kind.targets?.(entry) ?? []).map((one) =>
        one.target.name === undefined ? one : { ...one, isOneOfAll: true },
      ),
    ),
  );
}

/** A secret that a document names. */
export interface NeededSecret {
  readonly kind: string;
  readonly name: string;
  readonly secret: string;
  readonly isKept: boolean;
}

/** Every secret that a document of a tenant names, and whether the vault holds it. */
export function neededSecrets(
  kinds: readonly DocumentKind[],
  tenant: TenantSnapshot | undefined,
): readonly NeededSecret[] {
  const kept = tenant?.secrets ?? {};
  return kinds.flatMap((kind) =>
    Object.values(entriesOf(tenant, kind.section)).flatMap((entry) =>
      (kind.secrets?.(entry) ?? []).map((secret) => ({
        kind: kind.kind,
        name: entry.name,
        secret,
        isKept: Object.hasOwn(kept, secret),
      })),
    ),
  );
}

/**
 * What zod found, in the words of a document: one problem for each unknown key, paths from `spec`,
 * and no value of the document echoed.
 */
export function documentProblems(
  kind: string,
  spec: JsonObject,
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
): DocumentProblem[] {
  const seeDocs = `see the kind ${kind} in docs/config.md`;
  return issues.flatMap((issue) => {
    const inside = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, inside);
      return issue.keys.map((key) => ({
        path: ['spec', ...inside, key],
        message: `unknown key ${unknownName(key, known)}`,
        suggestedAction: `remove it or correct its name${oneOf(known)}; ${seeDocs}`,
      }));
    }
    const path = ['spec', ...inside];
    const name = visibleText(path.join('.'), { maxLength: 200 });
    const given = valueAt(spec, inside);
    const missing = given === undefined;
    const meant = missing ? undefined : meantBy(given, issue);
    return [
      {
        path,
        message: missing ? `\`${name}\` is missing` : `\`${name}\`: ${plainWords(issue.message)}`,
        suggestedAction: missing
          ? `add it; ${seeDocs}`
          : meant === undefined
            ? seeDocs
            : `did you mean \`${meant}\`? ${seeDocs}`,
      },
    ];
  });
}

/** Of several values that may stand there the one that was most likely meant. */
function meantBy(given: Json, issue: z.core.$ZodIssue): string | undefined {
  if (issue.code !== 'invalid_value' || typeof given !== 'string') return undefined;
  return nearest(given, issue.values.map(String));
}

/** A name that nobody knows, with the one that was most likely meant. */
export function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return `\`${visibleText(name, { maxLength: 100 })}\`${hint}`;
}

function oneOf(known: readonly string[]): string {
  return known.length === 0 ? '' : ` (known here: ${known.join(', ')})`;
}

function valueAt(spec: JsonObject, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = spec;
  for (const part of path) {
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(part)];
    else if (isJsonObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** zod writes `Too small: expected …`; ours are sentences without a capital. */
function plainWords(message: string): string {
  const words = message.replace(/^Invalid (input|option): /, '');
  return words.charAt(0).toLowerCase() + words.slice(1);
}
