import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { GatewayMembership, type Member, type Membership } from './membership.ts';

const stopLeaseMs = 5_000;

/** A gateway that believes what it was told last, which may still be on its way to it. */
class FakeGateway implements Member {
  readonly name: string;
  readonly inbox: Membership[] = [];
  believes: Membership = { term: 0, gateways: 0 };
  serves = false;
  confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  tell(membership: Membership): void {
    this.inbox.push(membership);
  }

  welcome(membership: Membership): void {
    this.serves = true;
    this.inbox.push(membership);
  }

  /** Takes one message from the wire. */
  hear(): void {
    this.believes = this.inbox.shift() ?? this.believes;
  }
}

function house() {
  const clock = new ManualClock();
  const membership = new GatewayMembership({ now: () => clock.monotonic(), stopLeaseMs });
  const join = (name: string) => {
    const gateway = new FakeGateway(name);
    membership.join(gateway);
    return gateway;
  };
  return { clock, membership, join };
}

describe('the membership of gateways', () => {
  it('lets the first in at once, and tells it that it is alone', () => {
    const { membership, join } = house();
    const first = join('a');
    first.hear();
    expect(first).toMatchObject({ serves: true, believes: { gateways: 1 } });
    expect(membership.waiting).toBe(false);
  });

  it('lets a second in only when the first acts on there being two', () => {
    const { membership, join } = house();
    const first = join('a');
    const second = join('b');
    expect(second.serves).toBe(false);
    expect(membership.isWelcome(second)).toBe(false);
    membership.actsOn(first, membership.current.term - 1);
    expect(second.serves).toBe(false);
    membership.actsOn(first, membership.current.term);
    expect(second.serves).toBe(true);
  });

  it('takes an answer to an earlier two for no answer to a later two', () => {
    const { membership, join } = house();
    const first = join('a');
    const second = join('b');
    const earlier = membership.current.term;
    membership.actsOn(first, earlier);
    membership.leave(second);
    const third = join('c');
    membership.actsOn(first, earlier);
    expect(third.serves).toBe(false);
    membership.actsOn(first, membership.current.term);
    expect(third.serves).toBe(true);
  });

  it('does not wait for one that has been silent for longer than the stop lease', () => {
    const { clock, membership, join } = house();
    join('a');
    const second = join('b');
    clock.advance(stopLeaseMs);
    membership.settle();
    expect(second.serves).toBe(false);
    clock.advance(1);
    membership.settle();
    expect(second.serves).toBe(true);
  });

  it('waits on for one that still talks but does not act on it', () => {
    const { clock, membership, join } = house();
    const first = join('a');
    const second = join('b');
    for (let i = 0; i < 10; i += 1) {
      clock.advance(1_000);
      membership.heard(first);
      membership.settle();
    }
    expect(second.serves).toBe(false);
    membership.leave(first);
    expect(second.serves).toBe(true);
  });

  it('waits for one that was lost and may believe to be alone, but not for its own return', () => {
    const { clock, membership, join } = house();
    const first = join('a');
    membership.actsOn(first, membership.current.term);
    membership.lose(first);
    const second = join('b');
    clock.advance(stopLeaseMs);
    membership.settle();
    expect(second.serves).toBe(false);
    const back = join('a');
    expect([back.serves, second.serves]).toEqual([true, false]);
    membership.actsOn(back, membership.current.term);
    expect(second.serves).toBe(true);
  });

  it('does not wait for one that was lost and knew of another', () => {
    const { membership, join } = house();
    const first = join('a');
    const second = join('b');
    membership.actsOn(first, membership.current.term);
    membership.actsOn(second, membership.current.term);
    membership.lose(first);
    const third = join('c');
    membership.actsOn(second, membership.current.term);
    expect(third.serves).toBe(true);
  });

  it('never has one that believes to be alone beside another that serves, in any order of events', () => {
    const act = fc.record({
      what: fc.constantFrom('join', 'leave', 'hear', 'ping', 'confirm', 'wait', 'settle'),
      who: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60, size: 'max' }), (acts) => {
        const { clock, membership, join } = house();
        const gateways: (FakeGateway | undefined)[] = [];
        for (const { what, who } of acts) {
          const one = gateways[who];
          if (what === 'join' && one === undefined) gateways[who] = join(`g${who}`);
          if (what === 'wait') clock.advance(1_300);
          if (what === 'settle') membership.settle();
          if (one === undefined) continue;
          if (what === 'hear') one.hear();
          if (what === 'leave') {
            membership.leave(one);
            gateways[who] = undefined;
          }
          if (what === 'ping' || what === 'confirm') {
            membership.heard(one);
            membership.actsOn(one, one.believes.term);
          }
          if (what === 'confirm' && one.serves) {
            // An answered ping: it carries the membership, and the stop lease begins anew.
            one.inbox.length = 0;
            one.believes = membership.current;
            one.confirmedAt = clock.monotonic();
          }
          const serving = gateways.filter((gateway) => gateway?.serves === true);
          const able = serving.filter(
            (gateway) => clock.monotonic() - (gateway?.confirmedAt ?? 0) <= stopLeaseMs,
          );
          if (serving.length < 2) continue;
          for (const gateway of able) expect(gateway?.believes.gateways).not.toBe(1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never lets another raise a label while one may believe to be alone, whoever is lost, returns or restarts', () => {
    const act = fc.record({
      what: fc.constantFrom('join', 'lose', 'leave', 'hear', 'ping', 'wait', 'settle', 'restart'),
      who: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80, size: 'max' }), (acts) => {
        const clock = new ManualClock();
        let alone: readonly string[] = [];
        const control = () =>
          new GatewayMembership({
            now: () => clock.monotonic(),
            stopLeaseMs,
            alone,
            keepAlone: (names) => {
              alone = names;
              return true;
            },
          });
        let membership = control();
        const processes = Array.from({ length: 4 }, (_, at) => new FakeProcess(`g${at}`));
        for (const { what, who } of acts) {
          const one = processes[who] as FakeProcess;
          if (what === 'wait') clock.advance(1_300);
          if (what === 'settle') membership.settle();
          if (what === 'restart') {
            for (const { connection } of processes) if (connection) membership.lose(connection);
            for (const each of processes) each.connection = undefined;
            membership = control();
          }
          if (what === 'join') one.connect(membership);
          one.act(what, membership, clock.monotonic());
          for (const each of processes) {
            if (!each.mayBeAlone(clock.monotonic())) continue;
            const others = processes.filter((other) => other !== each);
            expect(others.some((other) => other.connection?.serves)).toBe(false);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

/** What a gateway believes outlives its connection, for as long as its stop lease lasts. */
class FakeProcess {
  readonly name: string;
  connection: FakeGateway | undefined;
  #believes = 0;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  mayBeAlone(now: number): boolean {
    return this.#believes === 1 && now - this.#confirmedAt <= stopLeaseMs;
  }

  connect(membership: GatewayMembership): void {
    if (this.connection !== undefined) return;
    this.connection = new FakeGateway(this.name);
    membership.join(this.connection);
  }

  act(what: string, membership: GatewayMembership, now: number): void {
    const { connection } = this;
    if (connection === undefined) return;
    if (what === 'hear' && connection.inbox.length > 0) {
      connection.hear();
      this.#believes = connection.believes.gateways;
    }
    if (what === 'lose' || what === 'leave') {
      membership[what](connection);
      this.connection = undefined;
      // It ended of its own will.
      if (what === 'leave') this.#confirmedAt = Number.NEGATIVE_INFINITY;
    }
    if (what === 'ping' && connection.serves) {
      membership.heard(connection);
      membership.actsOn(connection, connection.believes.term);
      connection.inbox.length = 0;
      connection.believes = membership.current;
      this.#believes = connection.believes.gateways;
      this.#confirmedAt = now;
    }
  }
}
