import type { CarriedSealer } from '#contracts/carried-token.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { PersonSessions, UserTokens } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import {
  type AssertionGrant,
  createAssertionGrant,
  createDocumentConsents,
  createExchangeRoom,
  createTokenExchange,
  type DelegationKeeper,
  type DocumentConsents,
  type SealedRecorder,
  type TokenExchange,
} from '#planes/delegation/index.ts';
import { type Enrolment, readStatement } from '#planes/identity/index.ts';
import { readScope } from '#planes/tools/index.ts';

export interface OpenExchange {
  readonly exchange: TokenExchange & AssertionGrant;
  /** Ends what stands on documents that changed. */
  readonly consents: DocumentConsents;
}

export function openExchange(parts: {
  readonly store: Store;
  readonly enrolment: Enrolment;
  readonly delegations: DelegationKeeper;
  readonly sessions: Pick<PersonSessions, 'open' | 'get'>;
  readonly users: UserTokens;
  readonly recorder: DeskRecorder;
  readonly sealed: SealedRecorder;
  readonly snapshot: () => Snapshot | undefined;
  readonly carried: CarriedSealer;
  readonly clock: Clock;
}): OpenExchange {
  const { store, enrolment, delegations, sessions, users, recorder, snapshot, clock } = parts;
  const { delegations: book, tasks, instances } = store;
  const { own, clients } = enrolment;
  const trust = () => enrolment.trust();
  const room = createExchangeRoom({
    delegations,
    book,
    sessions,
    users,
    own,
    clients,
    tasks,
    instances,
    recorder,
    sealed: parts.sealed,
    readStatement,
    readScope,
    carried: parts.carried,
    snapshot,
    trust,
    clock,
  });
  return {
    exchange: { ...createTokenExchange(room), ...createAssertionGrant(room) },
    consents: createDocumentConsents({ book, delegations }),
  };
}
