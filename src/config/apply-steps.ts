import { type Act, actDraft, noteUnapplied } from '#contracts/desk.ts';
import { type DocumentReview, documentsDigest, type Plan } from '#contracts/document-change.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { oweServerRemoved } from '#contracts/owed.ts';
import type { DocumentDeskParts } from './desk.ts';
import { specDigest, type Step } from './plan.ts';

interface Applied {
  readonly stored: readonly StoredDocument[];
  readonly steps: readonly Step[];
  readonly plan: Plan;
  readonly owner: StoredDocument['owner'];
  readonly review?: DocumentReview;
}

/**
 * All of it or nothing, against the state that was looked at. INVARIANT: each document is on record, with who and
 * why, before it is in force; what could not be compiled after all is taken back.
 */
export async function applySteps(
  parts: DocumentDeskParts,
  act: Act & { readonly reason: string },
  of: Applied,
): Promise<string> {
  const drafts = of.steps.map(({ kind, name, spec, before }) =>
    actDraft('config.applied', act, {
      kind,
      name,
      digest: spec === undefined ? (before?.digest ?? '') : specDigest(spec),
      ...(spec === undefined ? { removed: true } : {}),
      plan: of.plan.id,
      ...(of.review === undefined
        ? {}
        : { review: of.review.id, askedBy: of.review.askedBy, asked: of.review.reason }),
    }),
  );
  for (const draft of drafts) await parts.recorder.record(draft);
  try {
    const after = await parts.documents.apply(setOf(parts, act, of));
    try {
      return (await parts.recompile()).digest;
    } catch (fault) {
      const back = of.steps.map((one) => ({
        ...one,
        spec: one.before?.spec,
        before: after.find(({ kind, name }) => kind === one.kind && name === one.name),
      }));
      await parts.documents.apply(setOf(parts, act, { ...of, stored: after, steps: back }));
      throw fault;
    }
  } catch (fault) {
    for (const draft of drafts) await noteUnapplied(parts.recorder, draft, fault);
    throw fault;
  }
}

function setOf(
  { clock }: DocumentDeskParts,
  { by, reason }: Act & { readonly reason: string },
  { owner, stored, steps }: Applied,
) {
  const now = clock.now();
  const put = steps.flatMap(({ kind, name, spec }) =>
    spec === undefined ? [] : [{ kind, name, spec, digest: specDigest(spec) }],
  );
  const remove = steps.flatMap(({ kind, name, spec }) =>
    spec === undefined ? [{ kind, name }] : [],
  );
  const also = remove
    .filter(({ kind }) => kind === 'ToolServer')
    .map(({ name }) => oweServerRemoved(by.tenant, name, now));
  return {
    tenant: by.tenant,
    owner,
    expects: documentsDigest(stored),
    put,
    remove,
    by: by.name,
    reason,
    now,
    also,
  };
}
