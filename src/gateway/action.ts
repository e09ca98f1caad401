import type { Action, ActionKind, Content, Outcome, Page } from '#kernel/call.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordType } from '#kernel/record.ts';
import type { Target } from '#kernel/target.ts';
import type { Asking, Subject } from './subject.ts';

interface Any {
  readonly kind: ActionKind;
  /** What the record is called when all went well. */
  readonly settledAs: RecordType;
}

/** What is asked of something that can be meant: a name that means nothing gets no further. */
export type Aimed = Content & { readonly target: Target };

/** Asks something outside: through all gates, or, when the gateway itself asks, without a human. */
export interface Acting extends Any {
  readonly route: 'acting' | 'asking';
  /** Told of what is hidden and of what is not there at all: INVARIANT: one answer for both. */
  readonly hidden: ErrorCode;
  /** Where only a handle names it: the whole action, with what it is about and the arguments to judge. */
  find?(asked: Asking): Promise<Action | Refusal>;
  /** What is meant by the name, where that is not what it says by itself; whether there is such a thing is not judged. */
  means?(asked: Asking, content: Aimed): Target;
  /** What it is about, when this principal may name it at all. */
  sees(asked: Asking, content: Aimed): Target | undefined;
  /** The arguments as they are judged, with what may be left out; left away where nothing may. */
  complete?(asked: Asking, content: Aimed): JsonObject | Refusal;
  /** A page when the configuration already says that there is nothing to ask for. */
  resolve(asked: Asking, content: Aimed): Subject | Refusal | Page;
}

/** Is answered from the configuration. */
export interface Telling<A extends Action = Action> extends Any {
  readonly route: 'telling';
  tell(asked: Asking, action: A): Page | Refusal;
  released(recordId: string, told: Asking & { readonly page: Page }): Outcome;
}

/** Is taken note of. */
export interface Noting extends Any {
  readonly route: 'noting';
  released(recordId: string, noted: Asking): Outcome;
}

/** Never was an action; who asked is found out all the same. */
export interface Refusing extends Any {
  readonly route: 'refusing';
  reason(action: Action): Refusal;
}

/** What differs from kind to kind stands in one file of each, and nowhere else. */
export type ActionFile = Acting | Telling | Noting | Refusing;

export type Route = ActionFile['route'];

/** Every kind of action that is served. INVARIANT: what is not here is refused. */
export type Actions = Readonly<Record<ActionKind, ActionFile>>;
