import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type { Answer } from './compiled/index.ts';
import { CedarFault } from './fault.ts';
import type { Question } from './slots.ts';

/** Which rules the reference implementation is asked about. */
export interface OracleSet {
  readonly tenant: string;
  /** Of what it was judged: no two sets of a tenant share it. */
  readonly source: string;
  /** As it was judged; see `judged-text.ts`. */
  readonly text: string;
}

/** The reference implementation: what falls back is asked of it, and now and then what does not. */
export interface Oracle {
  /** Throws or rejects with a `CedarFault` when there is no answer. */
  ask(set: OracleSet, question: Question): OracleAnswer | Promise<OracleAnswer>;
}

export interface OracleAnswer extends Answer {
  /** What it took of a processor. */
  readonly ms: number;
}

/** How it is asked in a thread of its own. */
export interface OracleAsked {
  readonly id: number;
  readonly tenant: string;
  readonly source: string;
  /** Only where the thread was not given it before, or says that it has it no more. */
  readonly text: string | undefined;
  readonly question: Question;
}

export type OracleTold =
  | ({ readonly kind: 'answer' } & Answer)
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string };

/** INVARIANT: what is no answer is a fault, and never an answer without rules. */
export function answerOf(answer: AuthorizationAnswer): Answer {
  if (answer.type === 'failure') throw new CedarFault('the engine could not read the call');
  const { reason, errors } = answer.response.diagnostics;
  return {
    satisfied: [...reason],
    errors: errors.map(({ policyId, error }) => ({
      id: policyId,
      message: withoutValues(error.message),
    })),
  };
}

/** Errors are recorded; what the agent sent stays out of them. */
function withoutValues(message: string): string {
  return message.replace(/^error while evaluating policy `[^`]*`: /, '').replace(/`[^`]*`/g, '…');
}
