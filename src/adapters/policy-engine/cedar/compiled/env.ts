import type { EntityLookup } from './entities.ts';
import type { CedarRecord, EntityUid, Result } from './values.ts';

/** What is asked. */
export interface Request {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: CedarRecord;
  readonly entities: EntityLookup;
}

/** The request at hand; `turn` is another number for each. */
export interface Env {
  readonly request: Request;
  readonly turn: number;
}

/** One expression, ready to run. */
export type Node = (env: Env) => Result;
