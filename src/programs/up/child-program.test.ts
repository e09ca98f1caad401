import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { type ChildProgram, superviseProgram, waitBefore } from './child-program.ts';

const running: ChildProgram[] = [];

interface Started {
  readonly program: ChildProgram;
  readonly told: readonly string[];
  readonly said: (text: string) => Promise<void>;
}

async function started(): Promise<Started> {
  const told: string[] = [];
  const waiting: { readonly text: string; readonly done: () => void }[] = [];
  const program = superviseProgram({
    name: 'stub',
    entry: new URL('./stub-program.ts', import.meta.url),
    settings: () => ({}),
    progress: (text) => {
      told.push(text);
      for (const { text: wanted, done } of waiting) if (text.includes(wanted)) done();
    },
    onFinal: () => undefined,
  });
  running.push(program);
  await program.ready;
  return {
    program,
    told,
    said: (text) => new Promise((done) => waiting.push({ text, done })),
  };
}

afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
});

async function endedPid(program: ChildProgram): Promise<void> {
  while (program.pid !== undefined) await new Promise((resolve) => setImmediate(resolve));
}

describe('a program that ends', () => {
  it('is started again when nobody said that it would', async () => {
    const { program, said } = await started();
    const back = said('stub is back');
    process.kill(program.pid ?? 0, 'SIGTERM');
    await back;
    expect(program.pid).toBeDefined();
  });

  it('stays ended when its end is expected, also when somebody else ends it first', async () => {
    const { program, told } = await started();
    program.expectEnd();
    process.kill(program.pid ?? 0, 'SIGTERM');
    await endedPid(program);
    await program.stop();
    expect([told, program.pid]).toEqual([[], undefined]);
  });

  it('is not started again when its end is expected between its end and its next start', async () => {
    const { program, said } = await started();
    const ended = said('starting it again');
    process.kill(program.pid ?? 0, 'SIGKILL');
    await ended;
    program.expectEnd();
    await program.stop();
    expect(program.pid).toBeUndefined();
  });

  it('takes no harm from what is said to it while it ends', async () => {
    const { program } = await started();
    program.expectEnd();
    process.kill(program.pid ?? 0, 'SIGKILL');
    while (program.pid !== undefined) {
      program.tell({ lost: [] });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(program.pid).toBeUndefined();
  });
});

describe('the wait before a program is started again', () => {
  it('is nothing the first time, then the limit, then twice as long each time, up to a bound', () => {
    const waits = [0, 1, 2, 3, 20].map(waitBefore);
    const { supervisorRestartMs: first } = limits;
    expect(waits.slice(0, 4)).toEqual([0, first, 2 * first, 4 * first]);
    expect(waits[4]).toBe(waitBefore(21));
  });
});

describe.runIf(process.platform === 'linux')('a program that starts', () => {
  it('has few heaps for its threads, a place for compiled code, and follows no links', async () => {
    const { program } = await started();
    const about = (what: string) =>
      readFileSync(`/proc/${program.pid ?? 0}/${what}`, 'utf8').split('\0');
    expect(about('environ').filter((one) => one.startsWith('MALLOC_ARENA_MAX='))).toHaveLength(1);
    expect(about('environ').filter((one) => one.startsWith('NODE_COMPILE_CACHE='))).toHaveLength(1);
    expect(about('cmdline')).toContain('--preserve-symlinks');
  });
});
