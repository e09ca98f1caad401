import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { createPayloadSealer, createRecorder, parseRecord } from '#planes/audit/index.ts';
import { FakeJournal } from '../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../test/fakes/fake-keyring.ts';
import { createOwedRecorder, recordOwed } from './record-owed.ts';

describe('a record that was owed before the upgrade', () => {
  it('is written after it, in the shape of today [AUD-01, AUD-02]', async () => {
    const clock = new ManualClock();
    const journal = new FakeJournal();
    const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
    const recorder = createRecorder({ journal, clock, writer: 'control-1', sealer });
    const written = async () => new Set<string>();
    const owed = recordOwed(createOwedRecorder({ recorder, written, startedAt: clock.now() }));
    await owed.react([
      {
        id: 'withdrawn-1',
        tenant: 'main',
        kind: 'record',
        at: clock.now(),
        body: {
          type: 'approval.withdrawn',
          tenant: 'main',
          actors: [{ kind: 'system', name: 'system/tasks' }],
          call: 'call-1',
          approval: { id: 'approval-1', class: 'write' },
          tool: { server: 'billing', name: 'refund', digest: 'd', effectClass: 'write' },
          details: { agent: 'bot' },
        },
      },
    ]);
    expect(journal.leaves.map((leaf) => parseRecord(Buffer.from(leaf)))).toMatchObject([
      {
        type: 'approval.withdrawn',
        schema: 2,
        target: { target: 'tool:billing/refund', digest: 'd', effectClass: 'write' },
        details: { agent: 'bot', owed: 'withdrawn-1' },
      },
    ]);
  });
});
