import {
  documentsDigest,
  type Plan,
  type PlannedStep,
  type WrittenDocument,
} from '#contracts/document-change.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { RiskWorld } from '#contracts/document-risk.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { judgeStep, worst } from './risk.ts';
import { compareText } from './problem.ts';

/** What is to be another, or to go. */
export interface Step {
  readonly kind: string;
  readonly name: string;
  readonly before: StoredDocument | undefined;
  readonly spec: JsonObject | undefined;
}

export interface Wanted {
  readonly documents: readonly WrittenDocument[];
  readonly remove: readonly Pick<WrittenDocument, 'kind' | 'name'>[];
}

export function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`;
}

export function specDigest(spec: JsonObject): string {
  return sha256Hex(canonicalText(spec));
}

/** What of it is not so already, by kind and name. */
export function stepsOf(stored: readonly StoredDocument[], wanted: Wanted): readonly Step[] {
  const known = new Map(stored.map((one) => [`${one.kind}/${one.name}`, one]));
  const put = wanted.documents.map(({ kind, name, spec }) => ({ kind, name, spec }));
  const gone = wanted.remove.map(({ kind, name }) => ({ kind, name, spec: undefined }));
  return [...put, ...gone]
    .map((one) => ({ ...one, before: known.get(`${one.kind}/${one.name}`) }))
    .filter(({ before, spec }) => before?.digest !== (spec && specDigest(spec)))
    .sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
}

export function planOf(
  kinds: readonly DocumentKind[],
  stored: readonly StoredDocument[],
  steps: readonly Step[],
  world: RiskWorld,
): Plan {
  const planned = steps.map((step) => plannedStep(kinds, step, world));
  const base = documentsDigest(stored);
  const wanted = planned.map(({ kind, name, before, after }) => [
    kind,
    name,
    before ?? null,
    after ?? null,
  ]);
  const id = sha256Hex(canonicalText([base, wanted]));
  return { id, base, steps: planned, judgement: worst(planned) };
}

function plannedStep(
  kinds: readonly DocumentKind[],
  { kind, name, before, spec }: Step,
  world: RiskWorld,
): PlannedStep {
  const judged = judgeStep(kinds, { kind, name, before: before?.spec, after: spec }, world);
  const after = spec === undefined ? undefined : specDigest(spec);
  return { kind, name, before: before?.digest, owner: before?.owner, after, spec, ...judged };
}

/** The documents as they would be. */
export function withSteps(
  stored: readonly StoredDocument[],
  steps: readonly Step[],
): readonly Pick<StoredDocument, 'kind' | 'name' | 'spec' | 'owner'>[] {
  const touched = new Set(steps.map(({ kind, name }) => `${kind}/${name}`));
  const come = steps.flatMap(({ kind, name, spec, before }) =>
    spec === undefined ? [] : [{ kind, name, spec, owner: before?.owner ?? ('api' as const) }],
  );
  return [...stored.filter(({ kind, name }) => !touched.has(`${kind}/${name}`)), ...come];
}
