import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Called } from './agent.ts';
import type { Scene } from './stage.ts';
import { createTeller } from './teller.ts';

const called: Called = {
  call: { tool: 'billing.get_invoice', arguments: { invoice: 'HL-2031' } },
  decision: 'allowed',
  code: null,
  record: null,
  text: '',
  handle: undefined,
  approval: undefined,
};

function tellerInFrontOf(scenes: Scene[]) {
  const refuse = () => Promise.reject(new Error('nothing is asked here'));
  return createTeller({
    admin: { get: refuse, post: refuse },
    logRoot: join(tmpdir(), 'no-such-log'),
    narrator: { scene: (scene) => void scenes.push(scene) },
  });
}

describe('the teller', () => {
  it('does not let a call without a record pass as told', async () => {
    const scenes: Scene[] = [];
    const teller = tellerInFrontOf(scenes);
    await teller.play({ scene: 'read', told: 'a read passes', decision: 'allowed' }, called);
    expect(scenes[0]).toMatchObject({ proof: 'missing', ok: false });
    expect(teller.told()).toEqual({ scenes: 1, failed: 1 });
  });

  it('says what was wrong when a call ended in another way than announced', async () => {
    const scenes: Scene[] = [];
    const teller = tellerInFrontOf(scenes);
    await teller.play({ scene: 'stop', told: 'it is refused', decision: 'refused' }, called);
    await teller.play(
      { scene: 'read', told: 'a code is told', decision: 'allowed', code: 'stop/active' },
      called,
    );
    await teller.play(
      { scene: 'read', told: 'it fits', decision: 'allowed', check: () => 'it does not' },
      called,
    );
    expect(scenes.map(({ note }) => note)).toEqual([
      'it should have been refused',
      'the code should have been stop/active',
      'it does not',
    ]);
    expect(scenes.map(({ ok }) => ok)).toEqual([false, false, false]);
  });
});
