import type { AnswerOf } from '../../sdk/api/index.ts';

/** What would be in force beside everything else. */
export interface Proposal {
  readonly documents: {
    readonly kind: string;
    readonly name: string;
    readonly spec: { readonly [name: string]: unknown };
  }[];
  readonly remove: { readonly kind: string; readonly name: string }[];
}

export const nothingProposed: Proposal = { documents: [], remove: [] };

type Policy = AnswerOf<'GET /v1/policies'>['policies'][number];

/** A text as if it decided: one that stands in the place of another while it is in shadow takes that place. */
export function policyProposal(name: string, cedar: string, of: Policy | undefined): Proposal {
  const replaced = of?.replaces ?? null;
  return {
    documents: [{ kind: 'Policy', name, spec: { cedar } }],
    remove: replaced === null || replaced === name ? [] : [{ kind: 'Policy', name: replaced }],
  };
}

/** All that a change would put and take away. */
export function changeProposal({ steps }: AnswerOf<'GET /v1/changes/{id}'>): Proposal {
  return {
    documents: steps.flatMap(({ kind, name, after }) =>
      after === null ? [] : [{ kind, name, spec: after }],
    ),
    remove: steps.flatMap(({ kind, name, after }) => (after === null ? [{ kind, name }] : [])),
  };
}

/** Where in a text something is wrong, as people say it. */
export function problemWords({
  policy,
  message,
  line,
  column,
}: AnswerOf<'POST /v1/policies/try'>['problems'][number]): string {
  const at = line === null ? '' : `, line ${line}${column === null ? '' : `, column ${column}`}`;
  return `${policy}${at}: ${message}`;
}
