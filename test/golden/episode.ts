import type { Outcome } from '#kernel/call.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { Draw } from './draw.ts';
import type { GoldenCaller, GoldenChange, GoldenDriver } from './golden-driver.ts';
import { goldenListed, goldenModes, goldenSecret } from './golden-tools.ts';
import { Names } from './names.ts';
import { outcomeLine, recordLine } from './normal-form.ts';

/** One call with everything that happened because of it, in the order in which it happened. */
export interface GoldenLine {
  readonly episode: number;
  readonly at: number;
  /** What was done, in words: for whoever reads a difference. */
  readonly did: readonly string[];
  readonly outcomes: readonly JsonObject[];
  readonly records: readonly JsonObject[];
}

export const episodes = 25;
const callsOfEpisode = 40;
export const goldenCalls = episodes * callsOfEpisode;

type Kind = 'ask' | 'again' | 'list' | 'greet' | 'notice' | 'refuse' | 'look';

/** One gateway from its start, with its own seed: what it is asked, and what changes around it. */
export async function runEpisode(driver: GoldenDriver, episode: number): Promise<GoldenLine[]> {
  const lines: GoldenLine[] = [];
  const names = new Names();
  const earlier: EarlierCall[] = [];
  for (let at = 0; at < callsOfEpisode; at += 1) {
    // Its own chance for every call: one call that goes another way does not change what is drawn.
    const step = new Step({ driver, earlier }, new Draw(episode * 10_000 + at));
    const last = at === callsOfEpisode - 1;
    if (last && episode % 5 === 0) await step.change({ kind: 'shut-down' });
    await (isLoop(episode, at) ? step.loop() : step.run());
    if (last) await step.change({ kind: 'flush' });
    await settled();
    const written = driver.written();
    lines.push({
      episode,
      at,
      did: step.did,
      outcomes: step.outcomes.map((outcome) => outcomeLine(outcome, names)),
      records: written.map((one) => recordLine(one, names)),
    });
  }
  return lines;
}

/** Notes that nobody waits for are written before the next call begins. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** In some episodes an agent does not understand its refusal, and asks the same again and again. */
function isLoop(episode: number, at: number): boolean {
  return episode % 12 === 7 && at >= 5 && at < 30;
}

/** A call that was made before and will be made again: it was held, or nobody knows what it did. */
interface EarlierCall {
  readonly handle: string | undefined;
  readonly tool: string;
  readonly args: JsonObject;
}

interface Course {
  readonly driver: GoldenDriver;
  /** Of the whole episode, oldest first. */
  readonly earlier: EarlierCall[];
}

class Step {
  readonly did: string[] = [];
  readonly outcomes: (Outcome | string | undefined)[] = [];
  readonly #driver: GoldenDriver;
  readonly #earlier: EarlierCall[];
  readonly #draw: Draw;

  constructor({ driver, earlier }: Course, draw: Draw) {
    this.#driver = driver;
    this.#earlier = earlier;
    this.#draw = draw;
  }

  async change(change: GoldenChange): Promise<void> {
    this.did.push(`change ${canonicalText({ ...change })}`);
    await this.#driver.change(change);
  }

  async loop(): Promise<void> {
    const signal = new AbortController().signal;
    const same = { tool: 'fake.pay', args: { mode: 7 }, handle: undefined, trace: false, signal };
    this.did.push('ask the same again');
    await this.#keep(this.#driver.ask('second', same));
  }

  async run(): Promise<void> {
    const draw = this.#draw;
    if (draw.in100(45)) await this.change(drawChange(draw));
    const fails = draw.in100(6) ? draw.one(recordTypes) : undefined;
    if (fails !== undefined) this.did.push(`unrecordable ${fails}`);
    this.#driver.unrecordable(fails);
    const labelsFail = draw.in100(4);
    if (labelsFail) this.did.push('labels fail');
    this.#driver.labelsFail(labelsFail);
    if (draw.in100(15)) this.#driver.duringLook(() => this.#meanwhile('look', 0));
    const before = this.#earlier.length;
    await this.#call(0);
    if (this.#earlier.length > before && draw.in100(60)) await this.#sameAgain();
    this.#driver.duringCall(undefined);
    this.#driver.duringLook(undefined);
  }

  /** What happens while a call is on its way: a change, or another call. */
  async #meanwhile(where: string, depth: number): Promise<void> {
    this.did.push(`during the ${where}`);
    if (depth < 5 && this.#draw.in100(where === 'look' ? 0 : 60)) return this.#call(depth + 1);
    return this.change(drawChange(this.#draw));
  }

  async #call(depth: number): Promise<void> {
    const draw = this.#draw;
    // Whoever waited for a person asks again once the person has spoken.
    const hasVerdict = depth === 0 && this.did.some((did) => did.includes('verdict'));
    const kind = hasVerdict && draw.in100(80) ? 'again' : draw.weighted<Kind>(kinds);
    const caller = draw.weighted<GoldenCaller>(callers);
    if (kind === 'ask' || kind === 'again') return this.#ask(caller, kind, depth);
    this.did.push(`${kind} by ${caller}`);
    switch (kind) {
      case 'list':
        return this.#keep(
          this.#driver.list(caller, draw.one([undefined, undefined, undefined, 'x'])),
        );
      case 'greet':
        return this.#keep(this.#driver.greet(caller));
      case 'notice':
        return this.#keep(this.#driver.notice(caller));
      case 'refuse':
        return this.#keep(
          this.#driver.refuse(caller, draw.one(['unknown-method', 'malformed'] as const)),
        );
      case 'look':
        return this.#keep(this.#driver.look());
    }
  }

  async #ask(caller: GoldenCaller, kind: 'ask' | 'again', depth: number): Promise<void> {
    const draw = this.#draw;
    const before = kind === 'again' ? this.#drawEarlier() : undefined;
    const fresh = { tool: drawTool(draw), args: drawArguments(draw) };
    const { tool, args } = before !== undefined && draw.in100(88) ? before : fresh;
    const handle = before === undefined || draw.in100(30) ? undefined : before.handle;
    const asker = before === undefined || draw.in100(12) ? caller : 'first';
    const abort = new AbortController();
    const by = `by ${asker}${before === undefined ? '' : ` again, ${handle ? 'with' : 'without'} handle`}`;
    this.did.push(`ask ${tool} ${briefly(args)} ${by}`);
    if (draw.in100(3)) {
      this.did.push('gone before');
      abort.abort();
    }
    if (draw.in100(25)) this.#driver.duringCall(() => this.#whileThere(abort, depth));
    const call = { tool, args, handle, trace: draw.in100(10), signal: abort.signal };
    const outcome = await this.#driver.ask(asker, call);
    if (outcome.kind === 'held' || (outcome.kind === 'refused' && outcome.effect === 'unknown')) {
      const told = outcome.kind === 'held' ? outcome.approval.handle : undefined;
      this.#earlier.push({ handle: told, tool, args });
    }
    this.outcomes.push(outcome);
  }

  /** As an impatient client does it, whatever it was told. */
  async #sameAgain(): Promise<void> {
    const last = this.#earlier.at(-1);
    if (last === undefined) return;
    this.did.push('the same at once again');
    this.#driver.duringCall(undefined);
    const signal = new AbortController().signal;
    await this.#keep(this.#driver.ask('first', { ...last, trace: false, signal }));
  }

  async #whileThere(abort: AbortController, depth: number): Promise<void> {
    if (this.#draw.in100(20)) {
      this.did.push('gone during');
      abort.abort();
    }
    await this.#meanwhile('call', depth);
  }

  #drawEarlier(): EarlierCall | undefined {
    const draw = this.#draw;
    if (this.#earlier.length === 0) return undefined;
    const one = draw.in100(60) ? this.#earlier.at(-1) : draw.one(this.#earlier);
    return one === undefined || draw.in100(94) ? one : { ...one, handle: 'nobody-was-told' };
  }

  async #keep(outcome: Promise<Outcome | string | undefined>): Promise<void> {
    this.outcomes.push(await outcome);
  }
}

const kinds = [
  [56, 'ask'],
  [22, 'again'],
  [6, 'list'],
  [4, 'greet'],
  [4, 'notice'],
  [5, 'refuse'],
  [7, 'look'],
] as const;

const callers = [
  [72, 'first'],
  [15, 'second'],
  [5, 'unbound'],
  [2, 'stranger'],
  [2, 'nobody'],
  [2, 'garbled'],
  [2, 'wrong-key'],
] as const;

const recordTypes = [
  'policy.intent',
  'policy.outcome',
  'policy.listed',
  'gateway.refused',
  'gateway.held',
  'gateway.greeted',
  'approval.requested',
  'label.raised',
  'credential.process-lease',
] as const;

function briefly(args: JsonObject): string {
  const text = canonicalText(args);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function drawTool(draw: Draw): string {
  if (draw.in100(4)) return draw.one(['other.read', 'no-dot', '.read', 'fake.', 'fake.READ']);
  const often = ['read', 'read', 'read', 'fetch', 'pay', 'pay', 'wipe', 'bounded', 'strict'];
  const listed = draw.in100(80) ? often : [...goldenListed, 'hidden', 'bounded', 'strict', 'odd'];
  return `fake.${draw.one(listed)}`;
}

function drawArguments(draw: Draw): JsonObject {
  const mode = draw.in100(40) ? 'ok' : draw.one(goldenModes);
  const args: JsonObject = { mode, x: draw.below(10) };
  if (draw.in100(4)) return { ...args, note: `take ${goldenSecret}` };
  if (draw.in100(3)) return { ...args, [goldenSecret]: 1 };
  if (draw.in100(3)) return { x: 'no number' };
  if (draw.in100(2)) return { ...args, unnamed: true };
  if (draw.in100(1)) return { ...args, note: 'n'.repeat(300_000) };
  if (draw.in100(1)) return { ...args, note: 'n'.repeat(40_000) };
  return args;
}

function drawChange(draw: Draw): GoldenChange {
  return draw.weighted<() => GoldenChange>([
    [12, () => ({ kind: 'documents', which: draw.one(otherDocuments) })],
    [22, () => ({ kind: 'documents', which: 'usual' })],
    [4, () => ({ kind: 'stop', what: draw.one(stops) })],
    [30, () => ({ kind: 'release' })],
    [6, () => ({ kind: 'shown', how: draw.one(['drifted', 'fewer', 'nothing'] as const) })],
    [6, () => ({ kind: 'shown', how: 'pinned' })],
    [2, () => ({ kind: 'raise' })],
    [3, () => ({ kind: 'gateways', count: draw.below(3) })],
    [6, () => ({ kind: 'advance', ms: draw.one(waits), alone: draw.in100(35) })],
    [1, () => ({ kind: 'forget-keys' })],
    [12, () => ({ kind: 'know-keys' })],
    [40, () => ({ kind: 'verdict', say: draw.one(verdicts) })],
    [4, () => ({ kind: 'flush' })],
  ])();
}

const waits = [7, 1_000, 61_000, 901_000] as const;

const verdicts = ['approve', 'approve', 'approve', 'reject', 'withdraw'] as const;

const otherDocuments = [
  'suspended',
  'forbidding',
  'permitting',
  'permitting',
  'asking',
  'broken-rule',
  'narrow',
  'public',
  'slow',
  'few-a-day',
  'no-secret',
  'process',
  'process',
] as const;

const stops = [
  'all',
  'tenant',
  'agent',
  'instance',
  'server',
  'tool',
  'suspend',
  'revoke',
  'quarantine',
] as const;
