import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  createPayloadSealer,
  createRecorder,
  isBackground,
  parseRecord,
  type PayloadSealer,
  type Recorder,
  refused,
} from '#planes/audit/index.ts';
import {
  IndexKeeper,
  type RebuildReason,
  type RecordAnswer,
  type RecordQuestion,
  termsVersion,
} from '#planes/query/index.ts';
import { isTorn, openRecordIndexes } from '#storage/record-index/index.ts';
import { type LocatedLog, openLogReaders, openLogWriter } from '#storage/tiles/index.ts';
import type { RawSigner } from '#tlog/index.ts';
import { logOrigin } from '../../src/storage/tiles/origin.ts';
import { FakeJournal } from './fake-journal.ts';
import { FakeKeyring } from './fake-keyring.ts';

export interface IndexedWorld {
  readonly clock: ManualClock;
  readonly root: string;
  /** By which the logs are signed. */
  readonly publicKey: Uint8Array;
  readonly signer: RawSigner;
  readonly rebuilt: { readonly tenant: string; readonly why: RebuildReason }[];
  keeper(): IndexKeeper;
  /** The logs, opened anew. */
  logs(): readonly LocatedLog[];
  /** Written, in tiles and signed for when it resolves; answers the ids. */
  write(drafts: readonly RecordDraft[], writer?: string): Promise<readonly string[]>;
  /** The same of one, with what is sealed beside it. */
  writeSealed(draft: RecordDraft, text: string, writer?: string): Promise<string>;
  /** Opens what was sealed here. */
  readonly sealer: PayloadSealer;
  ask(query: string, over?: Partial<RecordQuestion>): Promise<RecordAnswer>;
  /** Calls of what is found, in the order of the answer. */
  calls(query: string, over?: Partial<RecordQuestion>): Promise<readonly (string | undefined)[]>;
  /** The index of the next look is another object over what lies on the disk. */
  reopen(): void;
  close(): void;
}

/** True logs of several writers on a disk, and their index: everything but threads and programs. */
export async function createIndexedWorld(): Promise<IndexedWorld> {
  const root = mkdtempSync(join(tmpdir(), 'bailiwick-index-'));
  const keyring = new FakeKeyring();
  const clock = new ManualClock();
  const signer = await keyring.signer('log');
  const sealer = await createPayloadSealer({ keyring, clock });
  const writers = new Map<string, { recorder: Recorder; publish: () => void }>();
  const rebuilt: { tenant: string; why: RebuildReason }[] = [];
  const logRoot = join(root, 'log');
  const writerOf = (name: string, tenant: string) => {
    const key = `${tenant}/${name}`;
    const there = writers.get(key);
    if (there !== undefined) return there;
    const journal = new FakeJournal();
    const place = { tenant, retention: 'standard', writer: name };
    const folder = join(logRoot, tenant, 'standard', name);
    const origin = logOrigin('bailiwick.local', place);
    const publish = () => {
      const log = openLogWriter({ folder, origin, signer });
      log.append('ab'.repeat(16), journal.frames);
      log.publish();
    };
    const made = {
      recorder: createRecorder({ journal, clock, writer: name, sealer }),
      publish,
    };
    writers.set(key, made);
    return made;
  };
  const open = () =>
    new IndexKeeper({
      indexes: openRecordIndexes({
        folder: join(root, 'index'),
        publicKey: signer.publicKey,
        termsVersion,
      }),
      logs: () => openLogReaders(logRoot, signer.publicKey),
      parse: parseRecord,
      judge: { refused, isBackground },
      clock,
      isTorn,
      onRebuild: (tenant, why) => rebuilt.push({ tenant, why }),
      turn: () => Promise.resolve(),
    });
  let keeper = open();
  const ask = (query: string, over: Partial<RecordQuestion> = {}) =>
    keeper.answer({
      tenant: 'main',
      query,
      view: undefined,
      newestFirst: true,
      most: 100,
      cursor: undefined,
      counted: false,
      ...over,
    });
  return {
    clock,
    root,
    publicKey: signer.publicKey,
    signer,
    rebuilt,
    keeper: () => keeper,
    logs: () => openLogReaders(logRoot, signer.publicKey),
    async write(drafts, writer = 'gateway-1') {
      const ids: string[] = [];
      const touched = new Set<string>();
      for (const draft of drafts) {
        const { recorder } = writerOf(writer, draft.tenant);
        ids.push((await recorder.record(draft)).id);
        touched.add(draft.tenant);
      }
      for (const tenant of touched) writerOf(writer, tenant).publish();
      return ids;
    },
    async writeSealed(draft, text, writer = 'gateway-1') {
      const { recorder, publish } = writerOf(writer, draft.tenant);
      const { id } = await recorder.record(draft, Buffer.from(text));
      publish();
      return id;
    },
    sealer,
    ask,
    async calls(query, over) {
      return (await ask(query, over)).records.map(({ record }) => record.call);
    },
    reopen() {
      keeper.close();
      keeper = open();
    },
    close() {
      keeper.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
