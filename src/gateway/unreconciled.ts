import type { EffectReport, GatewayLife } from '#contracts/effect-book.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { targetText } from '#kernel/target.ts';
import { alreadyDone } from '#planes/lifecycle/index.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { OwnEffects, type OwnEffectsParts } from './own-effects.ts';
import type { SoFar } from './progress.ts';

/**
 * Calls that must not be made again as if nothing had been. What this gateway sees is refused here
 * at once, and travels with the overlay to every other one.
 */
export interface Unreconciled {
  /**
   * Refused here from now on, and everywhere once it resolves. It never rejects: what control
   * cannot be told now is kept here and told later.
   */
  add(walk: SoFar): Promise<void>;
  /** What an earlier life of this gateway left. */
  addFound(reports: readonly EffectReport[]): void;
  /** May this call be made, as far as earlier ones are concerned? */
  judge(asked: Asked): Refusal | undefined | Promise<Refusal | undefined>;
  /** Tells what is untold, and that the past was read; false while control does not take it. */
  tell(): Promise<boolean>;
  /** Before this process ends: control need not fence what is told. */
  leave(): Promise<void>;
  /** True when control knows everything that is refused here. */
  readonly isTold: boolean;
  /** Records behind what is untold: what a restart needs to know it again. */
  refs(): readonly string[];
  /** Told after every change; there is one listener. */
  onChange(listener: () => void): void;
}

/** Who asks for what, with which arguments. */
export type Asked = Pick<SoFar, 'principal' | 'subject' | 'argumentsDigest'>;

export interface UnreconciledParts extends OwnEffectsParts {
  readonly gateway: GatewayLife;
  readonly keyed: KeyedDigest;
}

export function createUnreconciled(parts: UnreconciledParts): Unreconciled {
  const { effects, state, gateway, clock } = parts;
  const own = new OwnEffects(parts);
  const announce = createAnnouncer(parts);
  let isPastTold = false;
  return {
    async add(walk) {
      const report = reportOf(parts, walk, clock.now());
      if (report === undefined) return;
      own.put(report);
      await own.flush();
    },
    addFound(reports) {
      for (const report of reports) own.put(toldKeyed(parts, report));
    },
    judge(asked) {
      const call = callOf(asked);
      if (call === undefined) return undefined;
      const { tenant, argumentsDigest } = call;
      // What earlier versions left is there by its bare digest.
      const argumentsDigests = () => [parts.keyed(tenant, argumentsDigest), argumentsDigest];
      const known = own.find(call, argumentsDigests);
      if (known?.effect === 'done') return alreadyDone(known.ref);
      if (known !== undefined) return refusal('audit/unreconciled');
      const repeated = state.overlay.repeats(call, { ...call, argumentsDigests });
      return repeated ?? (call.isRead ? undefined : announce(call));
    },
    async tell() {
      await own.flush();
      if (own.untold.length > 0) return false;
      if (isPastTold) return true;
      return effects.recovered(gateway).then(
        () => (isPastTold = true),
        () => false,
      );
    },
    async leave() {
      await own.flush();
      if (own.untold.length === 0) await effects.left(gateway).catch(() => undefined);
    },
    get isTold() {
      return own.untold.length === 0;
    },
    refs: () => own.untold.map(({ ref }) => ref),
    onChange: (listener) => void (own.onChange = listener),
  };
}

/**
 * INVARIANT: before a write is on its way, control knows for which task: should this gateway vanish,
 * the others refuse to repeat what nobody knows the end of.
 */
function createAnnouncer({ effects, gateway }: UnreconciledParts) {
  const served = new Set<string>();
  return ({ tenant, task }: CallKey): undefined | Promise<Refusal | undefined> => {
    const name = `${tenant}\n${task}`;
    if (served.has(name)) return undefined;
    return effects.serving(gateway, tenant, task).then(
      () => void served.add(name),
      () => refusal('store/unavailable', { retryAfter: 1 }),
    );
  };
}

interface CallKey {
  readonly tenant: string;
  readonly task: string;
  readonly target: string;
  readonly argumentsDigest: string;
  readonly isRead: boolean;
}

/** Undefined for what the gateway itself asks: nobody's task, and a read. */
function callOf({ principal, subject, argumentsDigest }: Asked): CallKey | undefined {
  if (principal === undefined || argumentsDigest === undefined) return undefined;
  if (subject?.digest === undefined) return undefined;
  const { tenant, task } = principal;
  const isRead = subject.subjectClass.effect === 'read';
  return { tenant, task, target: targetText(subject.target), argumentsDigest, isRead };
}

/** Reading twice harms nobody, so a lost read never blocks the next one. */
function reportOf(parts: UnreconciledParts, walk: SoFar, now: number): EffectReport | undefined {
  const call = callOf(walk);
  if (call === undefined || call.isRead) return undefined;
  const { isRead: _, ...key } = call;
  const what = { effect: 'unknown', ref: walk.intent ?? walk.call.id } as const;
  return toldKeyed(parts, { ...key, ...what, by: parts.gateway.writer, at: now });
}

/** INVARIANT: what may have happened is refused and told in any case: where its tenant's key cannot be read, by its bare digest. */
function toldKeyed({ keyed }: UnreconciledParts, report: EffectReport): EffectReport {
  const { tenant, argumentsDigest } = report;
  try {
    return { ...report, argumentsDigest: keyed(tenant, argumentsDigest) };
  } catch {
    return report;
  }
}
