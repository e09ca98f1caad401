import type { Presented } from '#kernel/call.ts';
import { sourceOf } from '#kernel/connections.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { createFairPool } from '../fair-pool.ts';
import type { Received } from './call.ts';

/**
 * Who may send a body. What is small is read for anybody with some credential, so that nobody is
 * asked twice; for what is large the credential must be somebody's, and there is room for so many.
 */
export interface BodyDoor {
  /** Answers what gives the room back, or why the body is not read. */
  enter(
    received: Pick<Received, 'presented' | 'source'>,
    headers: Readonly<Record<string, string>>,
  ): (() => void) | Refusal;
}

export interface BodyDoorParts {
  /** Why what was presented is nobody's, as far as it is known without its proof. */
  readonly stranger: (presented: Presented) => Refusal | undefined;
}

export function createBodyDoor({ stranger }: BodyDoorParts): BodyDoor {
  const room = createFairPool(() => limits.largeBodies);
  return {
    enter({ presented, source }, headers) {
      if (!isLarge(headers)) return nothing;
      const no = stranger(presented);
      if (no !== undefined) return no;
      const holder = sourceOf(source);
      if (!room.take(holder)) return refusal('admit/overloaded', { retryAfter: 1 });
      return () => room.give(holder);
    },
  };
}

const nothing = (): void => undefined;

/** A body in chunks does not say how long it is, so it counts as one that is long. */
function isLarge(headers: Readonly<Record<string, string>>): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > limits.strangersBodyBytes;
}
