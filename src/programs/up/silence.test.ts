import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { watchSilence } from './silence.ts';

function watched(firstMs?: number) {
  let beat: () => void = () => undefined;
  let ended = 0;
  const timer = { stopped: false };
  const silence = watchSilence(
    () => void (ended += 1),
    (next) => {
      beat = next;
      return { stop: () => void (timer.stopped = true) };
    },
    firstMs,
  );
  const beats = (count: number) => {
    for (let i = 0; i < count && !timer.stopped; i += 1) beat();
  };
  return { silence, beats, ended: () => ended, isStopped: () => timer.stopped };
}

const most = limits.programSilentMs / limits.heartbeatMs;

describe('a program that says nothing', () => {
  it('is ended once when it was silent for as long as it may be, and no beat sooner', () => {
    const { beats, ended } = watched();
    beats(most - 1);
    expect(ended()).toBe(0);
    beats(5);
    expect(ended()).toBe(1);
  });

  it('is let alone for as long as it speaks now and then', () => {
    const { silence, beats, ended } = watched();
    for (let i = 0; i < 10; i += 1) {
      beats(most - 1);
      silence.heard(true);
    }
    expect(ended()).toBe(0);
  });

  it('has longer until it is ready, whatever it says, and from then on no longer than others', () => {
    const { silence, beats, ended } = watched(limits.programBeginMs);
    beats(limits.programBeginMs / limits.heartbeatMs - 1);
    expect(ended()).toBe(0);
    // It lives, and compiles ten thousand documents in one breath.
    silence.heard(false);
    beats(limits.programBeginMs / limits.heartbeatMs - 1);
    expect(ended()).toBe(0);
    silence.heard(true);
    beats(most - 1);
    expect(ended()).toBe(0);
    beats(1);
    expect(ended()).toBe(1);
    const never = watched(limits.programBeginMs);
    never.beats(limits.programBeginMs / limits.heartbeatMs);
    expect(never.ended()).toBe(1);
  });

  it('is not watched any more when it has ended', () => {
    const { silence, isStopped } = watched();
    silence.stop();
    expect(isStopped()).toBe(true);
  });
});
