import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { name, parseBody, personOf } from './input.ts';
import type { Route, RouteInput } from './route.ts';

const document = z.strictObject({
  kind: z.enum(['Agent', 'Manifest', 'ToolServer', 'Policy']),
  name,
  spec: z.record(z.string(), z.unknown()),
});

export const documentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/documents',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, query }) {
      const kind = query.get('kind');
      const all = await parts.store.documents.list(parts.tenant);
      return {
        documents: all
          .filter((one) => kind === null || one.kind === kind)
          .map((one) => ({
            kind: one.kind,
            name: one.name,
            owner: one.owner,
            version: one.version,
            digest: one.digest,
            appliedAt: isoTime(one.appliedAt),
            appliedBy: one.appliedBy,
            spec: one.spec,
          })),
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/documents',
    action: 'config.applied',
    recordedBy: 'route',
    role: 'admin',
    handle: (input) => putDocument(input),
  },
  {
    method: 'PUT',
    path: '/v1/secrets/:name',
    action: 'credential.stored',
    recordedBy: 'plane',
    role: 'admin',
    async handle(input) {
      const { parts, params, body } = input;
      const { value } = parseBody(z.strictObject({ value: z.string().min(6).max(8_192) }), body);
      const by = personOf(input).name;
      const secretName = parseBody(name, params['name']);
      const sealed = await parts.vault.put({
        tenant: parts.tenant,
        name: secretName,
        value: Buffer.from(value),
        by,
      });
      await parts.recompile();
      return { name: sealed.name, version: sealed.version };
    },
  },
  {
    method: 'GET',
    path: '/v1/secrets',
    action: 'api.read',
    recordedBy: 'route',
    role: 'admin',
    async handle({ parts }) {
      const secrets = await parts.vault.list(parts.tenant);
      return { secrets: secrets.map((one) => ({ name: one.name, version: one.version })) };
    },
  },
];

/** All or nothing: a document that does not parse, refers to nothing or breaks policy changes nothing. */
async function putDocument(input: RouteInput): Promise<JsonObject> {
  const { parts, body } = input;
  const asked = parseBody(document, body);
  const kind = parts.kinds.find((one) => one.kind === asked.kind);
  const spec = asked.spec as JsonObject;
  const parsed = kind?.parse(asked.name, spec);
  if (parsed === undefined || parsed.kind === 'problems') {
    const problems = (parsed?.problems ?? []).map(
      ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
    );
    throw new BailiwickError('config/invalid', { details: { problems } });
  }
  const { store, tenant, clock } = parts;
  const before = await store.documents.get(tenant, asked.kind, asked.name);
  const put = (what: JsonObject) =>
    store.documents.put({
      tenant,
      kind: asked.kind,
      name: asked.name,
      spec: what,
      digest: sha256Hex(canonicalText(what)),
      by: personOf(input).name,
      now: clock.now(),
    });
  const stored = await put(spec);
  try {
    const snapshot = await parts.recompile();
    return {
      kind: stored.kind,
      name: stored.name,
      version: stored.version,
      snapshot: snapshot.digest,
    };
  } catch (fault) {
    // What does not compile is put back, so that the next change is not held up by this one.
    if (before !== undefined) await put(before.spec);
    else await store.documents.remove(tenant, asked.kind, asked.name);
    throw fault;
  }
}
