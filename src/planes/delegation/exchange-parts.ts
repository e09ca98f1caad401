import type { CarriedSealer } from '#contracts/carried-token.ts';
import type { DelegationBook } from '#contracts/delegation-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { EnrolledInstance, InstanceBook } from '#contracts/instance-book.ts';
import type { OwnAccess, OwnTokens } from '#contracts/own-tokens.ts';
import type { PersonSessions, UserTokens } from '#contracts/person-session.ts';
import type { TaskBook } from '#contracts/task-book.ts';
import type { TokenClients } from '#contracts/token-clients.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot, TokenTrust } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { traceByToken, type Traced, untraced } from '#kernel/trace.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { ReadStatement } from '#contracts/spoken-words.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ReadScope } from './hand-off-kind.ts';

export interface ExchangeParts {
  readonly delegations: Pick<Delegations, 'begin' | 'issue' | 'get' | 'isWithdrawn'>;
  readonly book: Pick<DelegationBook, 'list' | 'labelsBefore' | 'useOnce'>;
  readonly sessions: Pick<PersonSessions, 'open' | 'get'>;
  readonly users: UserTokens;
  readonly own: OwnTokens;
  readonly clients: Pick<TokenClients, 'refuse'>;
  readonly tasks: Pick<TaskBook, 'labels' | 'get' | 'open' | 'say'>;
  readonly instances: Pick<InstanceBook, 'list'>;
  readonly recorder: Pick<DeskRecorder, 'record'>;
  /** With the words sealed beside it, under the key of whose they are. */
  readonly sealed: SealedRecorder;
  readonly readStatement: ReadStatement;
  readonly readScope: ReadScope;
  readonly carried: CarriedSealer;
  readonly snapshot: () => Snapshot | undefined;
  readonly trust: () => TokenTrust;
  readonly clock: Clock;
}

export interface SealedRecorder {
  record(
    draft: RecordDraft,
    payload: Uint8Array,
    options: { readonly subject: string },
  ): Promise<{ readonly id: string }>;
}

export const tokenTypes = {
  access: 'urn:ietf:params:oauth:token-type:access_token',
  id: 'urn:ietf:params:oauth:token-type:id_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  handOff: 'urn:dev.bailiwick:token-type:hand-off',
} as const;

/** RFC 8693 §2.1, as the form had it. INVARIANT: who asks has proved its key. */
export interface ExchangeAsk {
  readonly who: EnrolledInstance;
  readonly subjectToken: string;
  readonly subjectTokenType: string;
  readonly actorToken: string | undefined;
  readonly actorTokenType: string | undefined;
  readonly requestedTokenType: string | undefined;
  /** `resource` and `audience`, each as it was named. */
  readonly targets: readonly string[];
  /** `scope`: which classes of effect; undefined: whatever may be had. */
  readonly effects: readonly EffectClass[] | undefined;
  /** What the task is to be narrowed to, written like a Manifest. */
  readonly scope: JsonObject | undefined;
  readonly intent: string | undefined;
  /** What the user said, as their own side has signed it. */
  readonly words?: string | undefined;
  /** `request_details`: of a hand-off, what whoever takes it over is told to do. */
  readonly requestDetails: string | undefined;
  /** As whom assertions and tokens of providers name us. */
  readonly audience: string;
  /** Whether this is one of our names. */
  readonly isOurs: (name: string) => boolean;
  /** What the headers of the request say. */
  readonly traced?: Traced;
}

export interface Exchanged {
  readonly accessToken: string;
  readonly issuedTokenType: string;
  readonly tokenType: 'DPoP' | 'Bearer' | 'N_A';
  readonly expiresIn: number;
  readonly effects: readonly EffectClass[];
}

/** In which it is asked: as the request says, or else as the token of ours does that is brought. */
export function tracedWith({ traced }: Pick<ExchangeAsk, 'traced'>, own: OwnAccess): Traced {
  const trace = own.delegated?.trace;
  if (trace === undefined || traced?.trace !== undefined) return traced ?? untraced;
  return { trace: traceByToken(trace, own.token), traceIgnored: traced?.traceIgnored };
}

/** INVARIANT: asked of every token of ours that is brought: one that was given back makes no other. */
export async function checkNotWithdrawn(
  { delegations }: Pick<ExchangeParts, 'delegations'>,
  { tenant, token }: Pick<OwnAccess, 'tenant' | 'token'>,
): Promise<void> {
  if (!(await delegations.isWithdrawn(tenant, token))) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'this token was given back',
  });
}
