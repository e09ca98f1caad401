import { describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createAnswers } from './answer.ts';
import { methodOf } from './methods.ts';
import { servedRevisions, modernRevision, type Revision } from './revisions.ts';
import { talkingOf, withoutStream } from './talk.ts';

const url = { elicitation: { url: {} } };

function talkOf(revision: Revision, capabilities: JsonObject) {
  const isModern = revision === modernRevision;
  const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
  const params: JsonObject = isModern ? { _meta: meta } : emptyObject();
  const message = { kind: 'request', id: 1, method: 'tools/call', params } as const;
  return talkingOf(message, revision, isModern ? undefined : { capabilities, log: undefined })
    ?.talk;
}

describe('a client that can be sent to a page [SYS-043]', () => {
  it('is one that declared it, in a revision that knows pages', () => {
    const opens = servedRevisions.filter((revision) => talkOf(revision, url)?.opensPage === true);
    expect(opens).toEqual([modernRevision, '2025-11-25']);
    for (const revision of servedRevisions) {
      for (const other of [{ elicitation: {} }, { elicitation: { form: {} } }, { roots: {} }]) {
        expect(talkOf(revision, other)?.opensPage).not.toBe(true);
      }
      expect(talkOf(revision, { elicitation: { url: true } })?.opensPage).not.toBe(true);
    }
  });

  it('that takes no stream is asked by its answer, or not at all', () => {
    const modern = talkOf(modernRevision, url);
    expect(modern && withoutStream(modern)?.opensPage).toBe(true);
    const before = talkOf('2025-11-25', url);
    expect(before && withoutStream(before)).toBeUndefined();
  });

  it('says with the state that it was given that it comes from there, and not what a user replied', () => {
    const read = (more: JsonObject) =>
      methodOf(modernRevision, 'tools/call')?.read({ name: 'fake.pay', ...more });
    const inputResponses = { approval: { action: 'accept' } };
    expect(read({ requestState: 'page.h', inputResponses })).toMatchObject({
      approvalHandle: 'h',
      pageReply: inputResponses,
    });
    expect(read({ requestState: 'page.h', inputResponses })).not.toHaveProperty('userReply');
    const tooLong = read({ requestState: `page.${'h'.repeat(65)}`, inputResponses });
    expect(tooLong !== undefined && isRefusal(tooLong)).toBe(true);
  });

  it('is asked nothing new while it waits on', () => {
    const answer = createAnswers({ name: 'bailiwick', version: '1' });
    const approval = { handle: 'h', approvalId: 'a', expiresAt: 0 };
    const ask = { requests: emptyObject(), state: 'page.h' };
    const asked = { id: 1, method: 'tools/call', revision: modernRevision } as const;
    const held = { kind: 'held', recordId: 'r', approval: { ...approval, ask } } as const;
    const { result } = JSON.parse(String(answer(held, asked).body)) as { result: JsonObject };
    expect(result).toMatchObject({ resultType: 'input_required', requestState: 'page.h' });
    expect(result).not.toHaveProperty('inputRequests');
  });
});
