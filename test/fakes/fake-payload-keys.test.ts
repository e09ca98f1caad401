import { describePayloadKeys } from '#contracts/payload-keys.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakePayloadKeys } from './fake-payload-keys.ts';

describePayloadKeys('the one in memory', async () => {
  const authority = { payloadKeys: new FakePayloadKeys() } as Partial<Store> as Store;
  return { authority, port: authority, clock: new ManualClock(), close: async () => undefined };
});
