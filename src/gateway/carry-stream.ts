import type { Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { carryWhole } from './carry-whole.ts';
import { type Ended, passOne } from './gates.ts';
import type { Stages } from './path.ts';
import type { Lent } from './progress.ts';
import type { Release } from './release.ts';
import type { TakenStream, Window, WindowsEnd } from './taken-stream.ts';

/**
 * An answer that comes in windows: each is inspected, then its part of the outcome is durable, then
 * it is released, and only then is the next one asked for. INVARIANT: whatever happens on the way,
 * what it came from is let go, and there is one end; the effect is `unknown` until it says otherwise.
 */
export async function carryStream(
  stages: Stages,
  walk: Lent,
  stream: TakenStream,
  release: Release,
): Promise<Outcome | Ended> {
  const last = await carryWindows(stages, walk, stream, release);
  letGo(stream);
  if (last.kind === 'ended') return last;
  const outcome = await close(stages, walk, last);
  if (outcome.kind === 'ended' && stream.untold?.() === true) walk.attempt.effect = 'unknown';
  return outcome;
}

/** INVARIANT: once it is known how it ended, nothing that the stream does later is another end. */
async function carryWindows(
  stages: Stages,
  walk: Lent,
  stream: TakenStream,
  release: Release,
): Promise<WindowsEnd | Ended> {
  let last: WindowsEnd | Ended | undefined;
  try {
    const windows = stream.windows[Symbol.asyncIterator]();
    while (last === undefined) {
      const next = await nextUnlessStopped(stages, walk, windows);
      if (next === undefined) break;
      last = next.kind === 'window' ? await carryWindow(stages, walk, next, release) : next;
    }
  } catch {
    last ??= broken(walk, refusal('gateway/internal'));
  }
  // A stream without an end of its own was cut off somewhere.
  return last ?? broken(walk, refusal('tools/upstream-protocol'));
}

/**
 * What comes next, or why it may not go on. INVARIANT: a stop reaches also a stream that says nothing,
 * and what it came from is let go within `limits.windowMs`. Undefined: it has no end of its own.
 */
async function nextUnlessStopped(
  stages: Stages,
  walk: Lent,
  windows: AsyncIterator<Window | WindowsEnd>,
): Promise<Window | WindowsEnd | Ended | undefined> {
  const coming = windows.next();
  // Whoever stops waiting for it is not told of its fault any more.
  coming.catch(() => undefined);
  for (;;) {
    const come = await unlessSilent(coming);
    if (come !== undefined) return come.done === true ? undefined : come.value;
    const went = await passOne('inspect-out', stages['goes-on'], walk);
    if (went.kind === 'ended') return went;
  }
}

async function unlessSilent<Next>(coming: Promise<Next>): Promise<Next | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limits.windowMs, undefined);
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function letGo(stream: TakenStream): void {
  try {
    stream.cancel();
  } catch {
    // Whatever it says to that, how it ended is known, and is still to be recorded.
  }
}

async function carryWindow(
  stages: Stages,
  walk: Lent,
  window: Window,
  release: Release,
): Promise<Ended | undefined> {
  const windowed = { ...walk, window };
  const inspected = await passOne('inspect-out', stages['inspect-window'], windowed);
  if (inspected.kind === 'ended') return inspected;
  const settled = await passOne('settle', stages['settle-window'], windowed);
  // It is not settle's own refusal: what was released before is still to be recorded.
  if (settled.kind === 'ended') return { ...settled, at: 'inspect-out' };
  try {
    await release({ events: window.events });
    return undefined;
  } catch {
    return broken(walk, refusal('gateway/cancelled'));
  }
}

/** The last of it: how it ended is known now. */
async function close(stages: Stages, walk: Lent, end: WindowsEnd): Promise<Outcome | Ended> {
  const { attempt } = walk;
  attempt.effect = end.effect;
  attempt.usage = end.usage;
  if (end.refusal !== undefined) {
    const window: Window = { kind: 'window', events: [], redactions: 0 };
    const told = end.heard
      ? await passOne('inspect-out', stages['inspect-window'], { ...walk, window })
      : undefined;
    return told?.kind === 'ended' ? told : broken(walk, end.refusal);
  }
  if (end.answer !== undefined) return carryWhole(stages, { ...walk, answer: end.answer });
  const settled = await passOne('settle', stages.settle, walk);
  if (settled.kind === 'ended') return settled;
  return { kind: 'streamed', recordId: settled.walk.recordId, usage: attempt.usage };
}

function broken(walk: Lent, why: Refusal): Ended {
  return { kind: 'ended', at: 'forward', why, walk };
}
