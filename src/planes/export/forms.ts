import type { ExportForm } from '#contracts/event-sink.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { cefEvent } from './cef.ts';
import { ocsfEvent } from './ocsf/index.ts';

/** One record on one line. Pure: the same record is the same text, today and when it is sent again. */
export type WriteForm = (record: RecordEnvelope, leaf: string, key: string) => string;

export const forms: Readonly<Record<ExportForm, WriteForm>> = {
  record: (_, leaf) => leaf,
  ocsf: (...of) => canonicalText(ocsfEvent(...of)),
  cef: cefEvent,
};
