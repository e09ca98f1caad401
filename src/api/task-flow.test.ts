import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';
import { beginTask } from '#contracts/begin-task.suite.ts';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
});
afterEach(() => world.close());

it('the story of a task says by which ways its user spoke, and which words freed a value; never a word [SEM-03, SEM-07]', async () => {
  await beginTask(world.store, { tenant: 'main', id: 'story' });
  const speaker = 'speaker:chat@1';
  const said = { task: 'story', details: { way: 'turn', speaker, words: 'sealed' } };
  await world.log.record(draftOf('task.words', said));
  const mute = { ...said.details, grants: 'repeats' };
  await world.log.record(draftOf('task.words', { task: 'story', details: mute }));
  const flow = {
    verdict: 'auto',
    sentence: '',
    proved: [
      { argument: 'to', kind: 'recipient', words: 0 },
      { argument: 'amount', kind: 'amount' },
    ],
    words: [{ number: 0, way: 'turn', record: 'r' }],
  };
  await world.log.record(draftOf('policy.intent', { task: 'story', details: { flow } }));
  const { status, body } = await world.ask('GET', '/v1/tasks/story/flow', {
    as: world.credential('auditor'),
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    words: [
      { way: 'turn', speaker, ignored: null },
      { way: 'turn', speaker, ignored: 'repeats' },
    ],
    steps: [
      {
        values: [
          { argument: 'to', words: 'turn' },
          { argument: 'amount', words: null },
        ],
      },
    ],
  });
});
