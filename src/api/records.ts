import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { AuditFilter, FoundRecord } from '#planes/audit/index.ts';
import { limitOf } from './input.ts';
import type { Route, RouteInput } from './route.ts';

/** Reading the log is itself on record. */
export const recordRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/records',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle(input) {
      return { records: (await input.parts.reader.tail(filterOf(input))).map(view) };
    },
  },
  {
    method: 'GET',
    path: '/v1/records/:id',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, params }) {
      const found = await parts.reader.show(parts.tenant, params['id'] ?? '');
      if (found === undefined) throw new BailiwickError('audit/record-unknown');
      return view(found);
    },
  },
  {
    method: 'GET',
    path: '/v1/records/:id/proof',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, params }) {
      const proof = await parts.reader.proof(parts.tenant, params['id'] ?? '');
      if (proof === undefined) throw new BailiwickError('audit/record-unknown');
      return { proof };
    },
  },
];

function filterOf(input: RouteInput): AuditFilter {
  const { parts, query } = input;
  const since = query.get('since');
  const text = (key: 'agent' | 'type' | 'decision' | 'call') => {
    const value = query.get(key);
    return value === null ? {} : { [key]: value };
  };
  return {
    tenant: parts.tenant,
    limit: limitOf(input, 20, 1_000),
    ...text('agent'),
    ...text('type'),
    ...text('decision'),
    ...text('call'),
    ...(since === null ? {} : { since: Date.parse(since) }),
  };
}

function view({ origin, index, record }: FoundRecord): JsonObject {
  return { origin, index, record: record as unknown as JsonObject };
}
