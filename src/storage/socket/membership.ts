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
  readonly onChange?: (names: readonly string[]) => void;
}

/**
 * Who serves. A sole gateway may keep labels in memory, so nobody may become the second behind its
 * back. INVARIANT: a joining gateway is welcomed only when every other one acts on a membership
 * that holds the joining one, or has been silent for so long that it denies everything by itself.
 * It goes by terms, not by counts: an answer to an earlier "two" says nothing of a later "two".
 */
export class GatewayMembership {
  readonly #now: () => number;
  readonly #stopLeaseMs: number;
  readonly #onChange: (names: readonly string[]) => void;
  readonly #states = new Map<Member, State>();
  #term = 0;

  constructor({ now, stopLeaseMs, onChange }: MembershipOptions) {
    this.#now = now;
    this.#stopLeaseMs = stopLeaseMs;
    this.#onChange = onChange ?? (() => undefined);
  }

  get current(): Membership {
    return { term: this.#term, gateways: this.#states.size };
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

  leave(member: Member): void {
    if (!this.#states.delete(member)) return;
    this.#term += 1;
    this.#changed();
  }

  heard(member: Member): void {
    const state = this.#states.get(member);
    if (state !== undefined) state.lastHeard = this.#now();
  }

  actsOn(member: Member, term: number): void {
    const state = this.#states.get(member);
    if (state === undefined) return;
    state.actsOn = Math.max(state.actsOn, term);
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
    return [...this.#states.values()].every(
      (other) =>
        other === joining ||
        // Two that join together learn of each other with their welcome.
        !other.welcomed ||
        other.actsOn >= joining.joinedIn ||
        this.#now() - other.lastHeard > this.#stopLeaseMs,
    );
  }

  #changed(): void {
    this.#onChange(this.names);
    for (const { member, welcomed } of this.#states.values()) {
      if (welcomed) member.tell(this.current);
    }
    this.settle();
  }
}
