/** One gateway as the others have to know it. */
export interface Member {
  readonly name: string;
  tell(membership: Membership): void;
  welcome(membership: Membership): void;
}

export interface Membership {
  /** Grows with every change; a gateway says with each ping which one it acts on. */
  readonly term: number;
  readonly gateways: number;
}

interface State {
  readonly member: Member;
  readonly joinedIn: number;
  welcomed: boolean;
  actsOn: number;
  lastHeard: number;
}

export interface MembershipOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly stopLeaseMs: number;
  /** Who may have believed to be alone when an earlier control ended. */
  readonly alone?: readonly string[];
  /** Keeps those names for the next control; false when they cannot be kept. */
  readonly keepAlone?: (names: readonly string[]) => boolean;
  readonly onChange?: (names: readonly string[]) => void;
}

/** A call that passed the stop lease at its last moment may still read labels a little later. */
const marginMs = 500;

/**
 * Who serves. A sole gateway may keep labels in memory, so nobody may become the second behind its
 * back. INVARIANT: a joining gateway is welcomed only when every other one acts on a membership
 * that holds the joining one, or has been silent for so long that it denies everything by itself.
 * It goes by terms, not by counts: an answer to an earlier "two" says nothing of a later "two".
 * One whose connection was lost serves on until its stop lease ends: if it may believe to be alone,
 * it is waited for as well, also by the next control. There is one gateway of each name at a time.
 */
export class GatewayMembership {
  readonly #now: () => number;
  readonly #stopLeaseMs: number;
  readonly #onChange: (names: readonly string[]) => void;
  readonly #keepAlone: (names: readonly string[]) => boolean;
  readonly #states = new Map<Member, State>();
  /** Lost while they might believe to be alone, and until when they may act on it. */
  readonly #lost = new Map<string, number>();
  #term = 0;
  #lastAloneTerm = 0;
  #isKept = true;

  constructor({ now, stopLeaseMs, alone, keepAlone, onChange }: MembershipOptions) {
    this.#now = now;
    this.#stopLeaseMs = stopLeaseMs;
    this.#onChange = onChange ?? (() => undefined);
    this.#keepAlone = keepAlone ?? (() => true);
    for (const name of alone ?? []) this.#lost.set(name, now() + stopLeaseMs + marginMs);
  }

  /** INVARIANT: nobody is told to be alone whom the next control would not know of. 0 is unknown. */
  get current(): Membership {
    const { size } = this.#states;
    return { term: this.#term, gateways: size === 1 && !this.#isKept ? 0 : size };
  }

  get names(): readonly string[] {
    return [...this.#states.keys()].map(({ name }) => name);
  }

  /** Somebody joins and cannot be welcomed yet: `settle` must be called again. */
  get waiting(): boolean {
    return [...this.#states.values()].some(({ welcomed }) => !welcomed);
  }

  isWelcome(member: Member): boolean {
    return this.#states.get(member)?.welcomed === true;
  }

  join(member: Member): void {
    this.#term += 1;
    const now = this.#now();
    const joinedIn = this.#term;
    this.#states.set(member, { member, joinedIn, welcomed: false, actsOn: 0, lastHeard: now });
    this.#changed();
  }

  /** It said so: it serves no more. */
  leave(member: Member): void {
    if (!this.#states.delete(member)) return;
    this.#term += 1;
    this.#changed();
  }

  /** Its connection is gone; it may serve on for as long as its stop lease lasts. */
  lose(member: Member): void {
    const state = this.#states.get(member);
    if (state === undefined) return;
    const mayBeAlone = state.welcomed && state.actsOn <= this.#lastAloneTerm;
    const isBack = [...this.#states.values()].some(
      (other) => other !== state && other.member.name === member.name && hasHeard(other),
    );
    if (mayBeAlone && !isBack) {
      this.#lost.set(member.name, state.lastHeard + this.#stopLeaseMs + marginMs);
    }
    this.leave(member);
  }

  heard(member: Member): void {
    const state = this.#states.get(member);
    if (state !== undefined) state.lastHeard = this.#now();
  }

  actsOn(member: Member, term: number): void {
    const state = this.#states.get(member);
    if (state === undefined) return;
    state.actsOn = Math.max(state.actsOn, term);
    // What it believed before it was lost, it believes no more.
    if (hasHeard(state)) this.#lost.delete(member.name);
    this.settle();
  }

  settle(): void {
    for (const joining of this.#states.values()) {
      if (joining.welcomed || !this.#othersKnow(joining)) continue;
      joining.welcomed = true;
      joining.member.welcome(this.current);
    }
  }

  #othersKnow(joining: State): boolean {
    if (this.#stillLost().some((name) => name !== joining.member.name)) return false;
    return [...this.#states.values()].every(
      (other) =>
        other === joining ||
        // Two that join together learn of each other with their welcome.
        !other.welcomed ||
        other.actsOn >= joining.joinedIn ||
        this.#now() - other.lastHeard > this.#stopLeaseMs,
    );
  }

  /** Those whose stop lease may not have ended yet. */
  #stillLost(): string[] {
    for (const [name, until] of this.#lost) if (this.#now() >= until) this.#lost.delete(name);
    return [...this.#lost.keys()];
  }

  #changed(): void {
    const [only, ...others] = this.names;
    if (only !== undefined && others.length === 0) {
      this.#lastAloneTerm = this.#term;
      this.#isKept = this.#keepAlone([...this.#stillLost(), only]);
    }
    this.#onChange(this.names);
    for (const { member, welcomed } of this.#states.values()) {
      if (welcomed) member.tell(this.current);
    }
    this.settle();
  }
}

/** It knows of a membership that it is itself part of. */
function hasHeard({ actsOn, joinedIn }: State): boolean {
  return actsOn >= joinedIn;
}
