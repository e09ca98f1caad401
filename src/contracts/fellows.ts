import type { FoundPage, Reply } from '#kernel/call.ts';

/**
 * The other gateways of one listener. A client's connections land on any of them, so what one
 * remembers by itself is asked of whoever keeps it. Control is not on this way: it may be away.
 */
export interface Fellows {
  readonly index: number;
  /** How many share the listener, this one among them. */
  readonly count: number;
  readonly others: readonly Fellow[];
  /** Who keeps what has this name: the same for all of them; undefined is this gateway itself. */
  keeperOf(name: string): Fellow | undefined;
}

export interface Fellow {
  readonly index: number;
  readonly connected: boolean;
  /** Monotonic milliseconds since when it has not been there; undefined while it is. */
  readonly awaySince: number | undefined;
  /**
   * Rejects when it does not answer in time, or its connection was lost meanwhile. INVARIANT: what
   * was sent is never sent again; what was not waits for it a little.
   */
  readonly ask: AskedOf<FellowMethods>;
}

/** What each answers the others. One object goes, one comes back: it crosses as JSON. */
export interface FellowMethods {
  useProof(proof: ProofToUse): ProofJudged;
  /** Answers how much of it is given away; it may be nothing. */
  lend(ask: LoanOfPlaces): number;
  giveBack(back: LoanOfPlaces): number;
  /** How many open calls have this name here. */
  countOpen(call: OpenCallName): number;
  cancelOpen(call: OpenCallName): number;
  /** Answers how many it was for. */
  replyAsk(reply: AskReply): number;
  takeQuestion(question: QuestionName): TakenQuestion;
  findPage(page: PageName): FoundPageAnswer;
  /** What comes next of an answer whose client came back there. */
  nextOfAnswer(answer: AnswerName): NextOfAnswer;
  /** A client changed something of its session, at another one of us. */
  noteSession(note: SessionNote): number;
  /** A client wants to hear of a resource, or does not any more. */
  noteSubscription(note: SubscriptionNote): number;
  /** A tool server said that what it offers changed: for whoever listens there. Answers how many were told. */
  offersChanged(word: OfferWord): number;
  /** Which record it made last of what it told this task. */
  lastTold(of: TaskName): LastTold;
  /** A tool server said that its list changed. */
  listChanged(server: ServerName): number;
}

export type AskedOf<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (ask: infer Ask) => infer Answer
    ? (ask: Ask) => Promise<Awaited<Answer>>
    : never;
};

/** A proof that holds, but for one question: was it used before? */
export interface ProofToUse {
  readonly thumbprint: string;
  readonly jti: string;
  /** Milliseconds; the proof's own `iat`, which is signed and so the same at every replay. */
  readonly issuedAt: number;
  /** Of the nonce in it. */
  readonly generation: number;
}

export interface ProofJudged {
  /**
   * `stale`: its nonce is older than what the keeper remembers. `old`: the proof is. `unasked`: its
   * keeper could not be asked.
   */
  readonly use: 'fresh' | 'used' | 'full' | 'stale' | 'old' | 'unasked';
  /** The youngest generation that whoever judged knows of. */
  readonly generation: number;
}

/** Calls of one agent, calls to one server, or calls a minute. */
export type PlaceKind = 'agent' | 'lane' | 'rate';

export interface LoanOfPlaces {
  /** Whose loan it is: its number among the fellows. */
  readonly of: number;
  readonly kind: PlaceKind;
  readonly key: string;
  readonly places: number;
}

/** A request of a client, as it named it. */
export interface OpenCallName {
  readonly tenant: string;
  readonly instance: string;
  /** In which it is one of a kind; undefined of a client that has none. */
  readonly session?: string | undefined;
  readonly id: string | number;
}

/** What a client replies to something that it was asked in mid-call. */
export interface AskReply {
  readonly tenant: string;
  readonly instance: string;
  readonly id: string;
  readonly reply: Reply;
}

/** What a client was asked, as it names it when it calls again. */
export interface QuestionName {
  readonly tenant: string;
  readonly instance: string;
  readonly task: string;
  readonly target: string;
  readonly argumentsDigest: string;
  readonly handle: string;
}

export interface TakenQuestion {
  readonly found: boolean;
  readonly state?: string;
}

/** A page of a result that was told in part. */
export interface PageName {
  readonly tenant: string;
  readonly instance: string;
  readonly task: string;
  readonly cursor: string;
}

export interface FoundPageAnswer {
  readonly page?: FoundPage;
}

/** An answer that is kept for whoever lost its connection, and who reads it how far. */
export interface AnswerName {
  readonly token: string;
  readonly session: string;
  readonly reader: string;
  /** How many of its messages this reader has. */
  readonly told: number;
  /** From now on nobody else reads it. */
  readonly isFirst: boolean;
  /** It reads no more. */
  readonly isLast: boolean;
}

export interface NextOfAnswer {
  readonly state: 'open' | 'over' | 'lost' | 'gone';
  /** As they are written. */
  readonly events: readonly string[];
}

/** What became of a session since it was given out. */
export interface SessionNote {
  readonly session: string;
  /** The least severe level of a log that its client wants to read. */
  readonly level?: string | undefined;
  readonly ended: boolean;
}

export interface SubscriptionNote {
  readonly tenant: string;
  readonly holder: string;
  readonly session: string;
  readonly uri: string;
  readonly server?: string | undefined;
  /** Those with which it was asked for, as a digest. */
  readonly rights: string;
  readonly isOver: boolean;
}

export interface OfferWord {
  readonly tenant: string;
  readonly server: string;
  readonly kind: 'resource' | 'prompt';
  /** The one resource that changed; a list, when it is left away. */
  readonly uri?: string | undefined;
}

export interface TaskName {
  readonly tenant: string;
  readonly task: string;
}

export interface LastTold {
  /** Null: it told nothing since it began to serve. */
  readonly record: string | null;
  /** INVARIANT: false where it may have forgotten. */
  readonly isKnown: boolean;
}

export interface ServerName {
  readonly tenant: string;
  readonly server: string;
}

/** What two say to each other whenever they meet, also again. */
export interface Greeting {
  /** The youngest generation of nonces. */
  readonly generation: number;
  /** All that the one who greets has borrowed of the other and not given back. */
  readonly holds: readonly Omit<LoanOfPlaces, 'of'>[];
}

/** What one gateway answers the others. */
export interface FellowServices {
  readonly methods: FellowMethods;
  /** What is said to one of them, whenever it is met. */
  greeting(to: number): Greeting;
  greeted(by: number, greeting: Greeting): void;
}

/** A gateway that shares its listener with nobody. */
export const alone: Fellows = { index: 0, count: 1, others: [], keeperOf: () => undefined };
