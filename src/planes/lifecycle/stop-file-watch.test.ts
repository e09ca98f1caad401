import { beforeEach, describe, expect, it } from 'vitest';
import type { StopTarget } from '#kernel/overlay.ts';
import {
  readStopFile,
  releaseNoteText,
  type StopNote,
  withoutStop,
  withStop,
} from '#kernel/stop-file.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { FakeStopFile } from '../../../test/fakes/fake-stop-file.ts';
import { createStopFileWatch } from './index.ts';

let file: FakeStopFile;
let log: FakeLog;

beforeEach(() => {
  file = new FakeStopFile();
  log = new FakeLog(new ManualClock());
});

const worker: StopTarget = { kind: 'agent', tenant: 'main', agent: 'worker' };
const set: StopNote = { by: 'ann', at: '2026-11-26T10:00:00.000Z', reason: 'odd refunds' };
const over: StopNote = { by: 'bob', at: '2026-11-26T11:00:00.000Z', reason: 'it was a test' };

const watcher = () => createStopFileWatch({ file, recorder: log, tenant: 'main' });

async function once(watch = watcher()) {
  await watch.look();
  await watch.settle();
  return watch;
}

/** As the command line does it without control. */
function release(target: StopTarget): void {
  const { released, text } = withoutStop(file.text ?? '', target, 'main');
  for (const line of released) {
    file.left.set(line.id, releaseNoteText({ line, release: over }));
  }
  file.text = text;
}

const wasSet = {
  type: 'stop.set',
  actors: [{ kind: 'human', name: 'ann' }],
  details: {
    channel: 'stop-file',
    stopped: 'agent worker',
    reason: 'odd refunds',
    at: set.at,
    understood: true,
  },
};
const wasReleased = {
  type: 'stop.released',
  actors: [{ kind: 'human', name: 'bob' }],
  details: { channel: 'stop-file', released: 'agent worker', reason: 'it was a test', at: over.at },
};

describe('a stop that was set without control', () => {
  it('is on record with who, when and why, once, over restarts of control [MON-17, AUD-01]', async () => {
    file.text = withStop(undefined, worker, set);
    const watch = await once();
    await once(watch);
    await once();
    expect(log.drafts).toMatchObject([wasSet]);
  });

  it('is on record when the log can be written again', async () => {
    file.text = withStop(undefined, worker, set);
    log.failing = true;
    const watch = watcher();
    await expect(once(watch)).rejects.toMatchObject({ code: 'audit/unavailable' });
    log.failing = false;
    await once(watch);
    expect(log.drafts).toMatchObject([wasSet]);
  });

  it('is recorded once by one control although nothing can be kept for the next', async () => {
    file.text = withStop(undefined, worker, set);
    file.full = true;
    const watch = watcher();
    for (let i = 0; i < 3; i += 1) await once(watch).catch(() => undefined);
    expect(log.drafts).toMatchObject([wasSet]);
  });

  it('is on record as it stands when somebody wrote it by hand', async () => {
    file.text = 'halt everything!\n';
    await once();
    expect(log.drafts).toMatchObject([
      {
        actors: [{ kind: 'human', name: 'unknown' }],
        details: { stopped: 'all', understood: false },
      },
    ]);
  });
});

describe('a release that was made without control', () => {
  it('is on record with who, when and why, and the others stay [MON-17, AUD-01]', async () => {
    file.text = withStop(withStop(undefined, worker, set), { kind: 'all' }, set);
    const watch = await once();
    release(worker);
    await once(watch);
    await once();
    expect(log.drafts.map(({ type }) => type)).toEqual(['stop.set', 'stop.set', 'stop.released']);
    expect(log.drafts.at(-1)).toMatchObject(wasReleased);
    expect(watch.lines).toMatchObject([{ target: { kind: 'all' } }]);
    expect(file.left.size).toBe(0);
  });

  it('is on record together with its stop when control was away for both', async () => {
    file.text = withStop(undefined, worker, set);
    release(worker);
    await once();
    await once();
    expect(log.drafts).toMatchObject([wasSet, wasReleased]);
  });

  it('is found by the next control when this one ended between', async () => {
    file.text = withStop(undefined, worker, set);
    await once();
    release(worker);
    log.failing = true;
    await expect(once()).rejects.toThrow();
    log.failing = false;
    await once();
    expect(log.drafts).toMatchObject([wasSet, wasReleased]);
  });

  it('by hand, without a word, is on record as that', async () => {
    file.text = withStop(undefined, worker, set);
    const watch = await once();
    file.text = undefined;
    await once(watch);
    expect(log.drafts.at(-1)).toMatchObject({
      type: 'stop.released',
      actors: [{ kind: 'human', name: 'unknown' }],
      details: { released: 'agent worker', reason: '' },
    });
  });

  it('of what was released and stopped again is one more of each', async () => {
    file.text = withStop(undefined, worker, set);
    const watch = await once();
    release(worker);
    await once(watch);
    file.text = withStop(undefined, worker, set);
    await once(watch);
    expect(log.drafts).toMatchObject([wasSet, wasReleased, wasSet]);
    expect(readStopFile(file.text, 'main')).toHaveLength(1);
  });
});
