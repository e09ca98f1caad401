import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { draftFlow } from './suggest-flow.ts';

const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const text = { type: 'string' };

function kindsOf(properties: JsonObject, effect: 'read' | 'write' = 'write') {
  const definition = { inputSchema: object(properties) };
  return Object.fromEntries(
    draftFlow({ tool: 't', effect, definition }).sinks.map(({ path, kind }) => [path, kind]),
  );
}

describe('a draft of what flows through a tool [SEM-05]', () => {
  it('goes by formats, whole words of names, and types', () => {
    const properties = {
      to: { type: 'array', items: text },
      accountIban: text,
      webhook_url: text,
      amount: { type: 'number' },
      dueDate: { ...text, format: 'date' },
      order_id: text,
      phone_number: text,
      urgent: { type: 'boolean' },
      priority: { enum: ['low', 'high'] },
      file_path: text,
      meta: object({ owner: { ...text, format: 'email' } }),
    };
    expect(kindsOf(properties)).toEqual({
      'to[]': 'recipient',
      accountIban: 'account',
      webhook_url: 'url',
      amount: 'amount',
      dueDate: 'date',
      order_id: 'objectId',
      phone_number: 'recipient',
      urgent: 'flag',
      priority: 'flag',
      file_path: 'path',
      'meta.owner': 'recipient',
    });
  });

  it('leaves free text what nothing says that it acts, and says which', () => {
    const definition = { inputSchema: object({ body: text, notes: text, to: text }) };
    const drafted = draftFlow({ tool: 'send', effect: 'write', definition });
    expect(drafted.sinks.map(({ path, why }) => [path, why])).toEqual([['to', 'named to']]);
    expect(drafted.text).toEqual(['body', 'notes']);
  });

  it('takes a read for one that speaks where it is asked with an address, and else declares no sink of it', () => {
    expect(kindsOf({ id: text, limit: { type: 'integer' } }, 'read')).toEqual({});
    const definition = { inputSchema: object({ url: text }) };
    expect(draftFlow({ tool: 'fetch', effect: 'read', definition })).toMatchObject({
      speaks: true,
      sinks: [{ path: 'url', kind: 'url' }],
    });
  });

  it('believes of a result only ids of which its schema says that the server issues them', () => {
    const item = {
      id: { ...text, description: 'Identifier assigned by the tracker' },
      uuid: { ...text, format: 'uuid' },
      thread_id: text,
      from: { ...text, description: 'unique sender' },
      number: { type: 'integer', readOnly: true },
    };
    const outputSchema = object({ items: { type: 'array', items: object(item) } });
    const { ids } = draftFlow({ tool: 'list', effect: 'read', definition: { outputSchema } });
    expect(ids).toEqual([
      { path: 'items[].id', why: 'its schema says identifier' },
      { path: 'items[].uuid', why: 'format uuid' },
    ]);
  });

  it('drafts nothing of a name that no document can write', () => {
    expect(kindsOf({ 'a b url': text, 'x[0]to': text, to: text })).toEqual({ to: 'recipient' });
  });
});
