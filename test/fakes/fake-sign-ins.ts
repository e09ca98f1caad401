import type {
  NewPersonSession,
  PersonSession,
  PersonSessions,
  UserToken,
  UserTokens,
  UserTokenUse,
} from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import { generateInstanceKey } from '../../sdk/index.ts';
import { signJws } from '../../sdk/key.ts';

/** Sign-ins in memory, each over when its time is or somebody ends it. */
export class FakeSessions implements PersonSessions {
  readonly #sessions = new Map<string, PersonSession>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly PersonSession[] {
    return [...this.#sessions.values()];
  }

  async open(session: NewPersonSession): Promise<PersonSession> {
    const id = `s${this.#sessions.size + 1}`;
    const begunAt = this.#clock.now();
    const opened = { person: session.user.subject, ...session, id, begunAt } as PersonSession;
    this.#sessions.set(id, opened);
    return opened;
  }

  async get(tenant: string, id: string): Promise<PersonSession | undefined> {
    const found = this.#sessions.get(id);
    const isLive = found?.tenant === tenant && found.expiresAt > this.#clock.now();
    return isLive ? found : undefined;
  }

  end(id: string): void {
    const found = this.#sessions.get(id);
    if (found !== undefined) this.#sessions.set(id, { ...found, expiresAt: 0 });
  }
}

export interface FakeTokenFields {
  readonly subject?: string;
  readonly groups?: readonly string[];
  readonly sid?: string;
  readonly jti?: string;
  readonly client?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly use?: UserTokenUse;
  readonly lifeMs?: number;
  /** Of what stands in the token beside. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A provider whose tokens are signed, and known again; what it did not make is nobody's. */
export class FakeUserTokens implements UserTokens {
  readonly #key = generateInstanceKey();
  readonly #made = new Map<string, UserToken & { readonly use: UserTokenUse }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  make(fields: FakeTokenFields = {}): string {
    const { subject = 'ada', groups = ['support'], lifeMs = 600_000, use = 'exchange' } = fields;
    const n = this.#made.size + 1;
    const expiresAt = this.#clock.now() + lifeMs;
    const claims = { sub: subject, n, exp: Math.floor(expiresAt / 1_000), ...fields.claims };
    const text = signJws(this.#key, { typ: 'JWT' }, claims);
    this.#made.set(text, {
      use,
      provider: 'acme',
      providerSession: fields.sid,
      user: { subject, issuer: 'https://idp.example', groups: [...groups].sort() },
      roles: ['admin'],
      expiresAt,
      jti: fields.jti ?? (use === 'id-jag' ? `jag-${n}` : undefined),
      client: fields.client,
      scope: fields.scope,
      resource: fields.resource,
    });
    return text;
  }

  /** The same statement under another signature: of one there can be many. */
  signedAgain(token: string): string {
    const made = this.#made.get(token);
    if (made === undefined) throw new Error('nobody made this token');
    const again = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    this.#made.set(again, made);
    return again;
  }

  async read({ token, use }: Parameters<UserTokens['read']>[0]): Promise<UserToken> {
    const found = this.#made.get(token);
    if (found === undefined || found.use !== use || found.expiresAt <= this.#clock.now()) {
      throw new BailiwickError('identity/invalid-subject-token');
    }
    return found;
  }
}
