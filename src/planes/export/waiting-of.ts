import type { ExportedRecord } from '#contracts/event-sink.ts';
import { limits } from '#kernel/limits.ts';

/** What a person is told of: what it is, and where they find it. */
export interface Waiting {
  readonly what: string;
  readonly path: string;
}

/**
 * Of a record that says that something waits for a person, while it does. INVARIANT: no more of it than its id: no
 * name, no tool, no value. What is over in time nobody is sent to look at; of what somebody decided since, the place says so.
 */
export function waitingOf(
  { record }: Pick<ExportedRecord, 'record'>,
  now: number,
): Waiting | undefined {
  const age = now - Date.parse(record.time);
  if (record.type === 'approval.requested' && age < limits.approvalMs) {
    return {
      what: 'A call waits for a person',
      path: `/console/approvals/${plainId(record.approval?.id)}`,
    };
  }
  if (record.type === 'config.change-requested' && age < limits.agreementMs) {
    const id = plainId(record.details?.['review']);
    return {
      what: `A change of documents waits for somebody else (bailiwick change show ${id})`,
      path: '/console/',
    };
  }
  return undefined;
}

/** An id is a part of a path and of a command, and nothing else. */
function plainId(id: unknown): string {
  return typeof id === 'string' && /^[A-Za-z0-9-]{1,128}$/.test(id) ? id : '';
}
