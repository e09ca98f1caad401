import { describe, expect, it } from 'vitest';
import type { LabelBook } from '#contracts/label-book.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { createSessionLabels } from './session-labels.ts';
import { createState } from './state.ts';

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'worker',
  instance: 'i',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};
const untrusted: Labels = ['integrity:untrusted'];

/** A label book in memory that several gateways share, and that counts what it is asked. */
class SharedBook implements LabelBook {
  readonly #labels = new Map<string, Labels>();
  asked = 0;
  /** What an answer waits for. */
  gate: Promise<void> = Promise.resolve();

  async read(tenant: string, session: string) {
    this.asked += 1;
    const labels = this.#labels.get(`${tenant} ${session}`) ?? [];
    await this.gate;
    return { labels, version: labels.length };
  }

  async raise(tenant: string, session: string, labels: Labels) {
    this.asked += 1;
    const key = `${tenant} ${session}`;
    const all = joinLabels(this.#labels.get(key) ?? [], labels);
    this.#labels.set(key, all);
    return { labels: all, version: all.length };
  }
}

function gatewayOver(book: LabelBook) {
  const control = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer: 'g' });
  return { control, labels: createSessionLabels(book, control.state) };
}

describe('labels of sessions', () => {
  it('are remembered by a sole gateway, and read at each call while there are several', async () => {
    const book = new SharedBook();
    const { control, labels } = gatewayOver(book);
    control.takeGateways(1, 1);
    expect(await labels.of('main', 's')).toEqual([]);
    expect(labels.of('main', 's')).toEqual([]);
    expect(book.asked).toBe(1);
    control.takeGateways(2, 2);
    await labels.of('main', 's');
    await labels.of('main', 's');
    expect(book.asked).toBe(3);
  });

  it('that another gateway raised are seen after it has gone again', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    one.control.takeGateways(1, 1);
    expect(await one.labels.of('main', 's')).toEqual([]);
    for (const { control } of [one, other]) control.takeGateways(2, 2);
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 3);
    expect(await one.labels.of('main', 's')).toEqual(untrusted);
  });

  it('that were read while another gateway was there are not remembered when it has gone', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    for (const { control } of [one, other]) control.takeGateways(2, 2);
    let answer: () => void = () => undefined;
    book.gate = new Promise((resolve) => (answer = resolve));
    const late = one.labels.of('main', 's');
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 3);
    answer();
    expect(await late).toEqual([]);
    expect(await one.labels.of('main', 's')).toEqual(untrusted);
  });

  it('are read anew after control was away, whatever term the next control is in', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    one.control.takeGateways(1, 1);
    expect(await one.labels.of('main', 's')).toEqual([]);
    one.control.takeGateways(0, 0);
    other.control.takeGateways(1, 1);
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 1);
    expect(await one.labels.of('main', 's')).toEqual(untrusted);
  });

  it('that are there already are raised without a word to the store', async () => {
    const book = new SharedBook();
    const { control, labels } = gatewayOver(book);
    control.takeGateways(1, 1);
    await labels.raise(principal, untrusted, 'a/b');
    expect(labels.raise(principal, untrusted, 'a/b')).toBeUndefined();
    expect(book.asked).toBe(1);
    expect(labels.of('main', 's')).toEqual(untrusted);
  });
});
