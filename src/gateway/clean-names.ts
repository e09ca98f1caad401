import type { RecordDraft } from '#kernel/record.ts';
import type { Inspector } from '#planes/semantic/index.ts';

export interface CleanNamesParts {
  readonly inspector: Pick<Inspector, 'redact'>;
}

/**
 * The record of a refusal, as it may be written. INVARIANT: a name is what the caller wrote, and a URI
 * can carry a secret; what was refused for it, or before it was looked for, must not keep it.
 */
export function withoutSecretNames(
  { inspector }: CleanNamesParts,
  draft: RecordDraft,
): RecordDraft {
  const { named, target, questions } = draft;
  if (named === undefined) return draft;
  const clean = (text: string): string => {
    try {
      return inspector.redact<string>(text).value;
    } catch {
      // What cannot be looked through is not kept; that it was refused is.
      return '[withheld]';
    }
  };
  if (clean(named) === named) return draft;
  return {
    ...draft,
    named: clean(named),
    ...(target === undefined ? {} : { target: { ...target, target: clean(target.target) } }),
    ...(questions === undefined
      ? {}
      : { questions: { ...questions, asks: clean(questions.asks) } }),
  };
}
