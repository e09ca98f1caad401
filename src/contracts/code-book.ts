import type { EffectClass } from '#kernel/tool.ts';

/** What a user's yes gave a client to fetch its tokens with. Kept by digest. */
export interface AuthorizationCode {
  readonly tenant: string;
  /** SHA-256 (hex) of the code. */
  readonly digest: string;
  readonly client: string;
  readonly redirectUri: string;
  /** PKCE, S256. */
  readonly challenge: string;
  /** RFC 8707; undefined when the client named none. */
  readonly resource: string | undefined;
  readonly effects: readonly EffectClass[];
  readonly consent: string;
  /** Whether the user was asked for this very one. */
  readonly isNew: boolean;
  readonly document: string;
  readonly agent: string;
  /** The sign-in that it stands on. */
  readonly session: string;
  /** When the consent ends. */
  readonly until: number;
  readonly expiresAt: number;
}

export type SpentCode =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'spent'; readonly code: AuthorizationCode }
  /** It was spent before; what it gave, if that is known already. */
  | { readonly kind: 'replayed'; readonly delegation: string | undefined };

/** Refresh tokens of one delegation: each is used once, for the next one. */
export interface RefreshFamily {
  readonly tenant: string;
  readonly delegation: string;
  readonly client: string;
  readonly thumbprint: string | undefined;
  readonly until: number;
}

export type Turned =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'turned'; readonly family: RefreshFamily }
  /** INVARIANT: somebody has it who should not: everything that it gave must end. */
  | { readonly kind: 'reused'; readonly family: RefreshFamily };

/** Codes and refresh tokens. INVARIANT: none of them is kept, only digests. Lives with `control`. */
export interface CodeBook {
  /** Durable before it resolves. */
  put(code: AuthorizationCode): Promise<void>;
  /** In one transaction: of many who come with it, one gets it. Whoever comes after its time does not. */
  spend(what: {
    readonly tenant: string;
    readonly digest: string;
    readonly now: number;
  }): Promise<SpentCode>;
  /** What it gave. False when somebody else came with it meanwhile: then it must end. */
  gave(what: {
    readonly tenant: string;
    readonly digest: string;
    readonly delegation: string;
  }): Promise<boolean>;
  /** The first refresh token of a delegation. */
  begin(family: RefreshFamily, digest: string, now: number): Promise<void>;
  /** Whose refresh token it is, used or not. */
  familyOf(tenant: string, digest: string): Promise<RefreshFamily | undefined>;
  /**
   * The next one takes the place of this one. The one before is worth another next one for `graceMs`: its
   * answer may have been lost, or its client asked twice at once. Any older one is `reused`.
   */
  turn(what: {
    readonly tenant: string;
    readonly digest: string;
    readonly next: string;
    readonly now: number;
    readonly graceMs: number;
  }): Promise<Turned>;
}
