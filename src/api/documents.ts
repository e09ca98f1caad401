import { z } from 'zod';
import { partProblemText } from '#contracts/plane-part.ts';
import { isoTime } from '#kernel/time.ts';
import { cursorText, cut, namedPage, next } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject, name, reason, reasonIfAny, time } from './shapes.ts';

const kind = z.enum([
  'Agent',
  'Manifest',
  'ToolServer',
  'Policy',
  'Model',
  'Client',
  'Entitlement',
  'IdentityProvider',
  'Exchange',
  'HandOff',
  'Registry',
  'Directory',
  'StepUp',
  'ApprovalRule',
  'Speaker',
  'RiskList',
  'AgentTemplate',
  'Retention',
  'WorkloadIssuer',
  'Environment',
]);

const document = z.strictObject({
  kind: z.string(),
  name: z.string(),
  owner: z.enum(['folder', 'api']),
  version: z.number(),
  digest: z.string(),
  appliedAt: time,
  appliedBy: z.string(),
  spec: jsonObject,
});

export const documentRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/documents',
    summary: 'Documents, by kind',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({ ...namedPage('documents', 2), kind: kind.optional() }),
    answer: z.strictObject({ documents: z.array(document), next }),
    async handle({ parts, tenant, query }) {
      const { cursor: [ofKind, behind] = [], limit: most, q } = query;
      const after = { kind: String(ofKind ?? ''), name: String(behind ?? '') };
      const asked = { tenant, kind: query.kind, q: q?.toLowerCase(), after, limit: most + 1 };
      const { rows, more } = cut(await parts.desks.documents.page(asked), most, (last) =>
        cursorText('documents', [last.kind, last.name]),
      );
      return {
        ...more,
        documents: rows.map((one) => ({
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
  }),
  personRoute({
    method: 'POST',
    path: '/v1/documents',
    summary: 'Put a document',
    action: 'config.applied',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    body: z.strictObject({ kind, name, spec: jsonObject, reason: reason.optional() }),
    answer: z.strictObject({
      kind: z.string(),
      name: z.string(),
      version: z.number(),
      snapshot: z.string(),
      /** What is in force of it and not as its author may think. */
      warnings: z.array(z.string()),
    }),
    async handle({ parts, person: by, body }) {
      const { document: put, snapshot } = await parts.desks.documents.put({ by, ...body });
      const warnings = (parts.configuration()?.warnings ?? [])
        .filter(({ document: of }) => of?.kind === put.kind && of.name === put.name)
        .map(partProblemText);
      return { kind: put.kind, name: put.name, version: put.version, snapshot, warnings };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/documents/:kind/:name/remove',
    summary: 'Remove a document',
    action: 'config.applied',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    // A kind that there is none of has no documents: that is said like any other name of nothing.
    params: z.strictObject({ kind: z.string().min(1).max(64), name }),
    body: reasonIfAny,
    answer: z.strictObject({ kind: z.string(), name: z.string(), snapshot: z.string() }),
    async handle({ parts, params, body, person: by }) {
      const { snapshot } = await parts.desks.documents.remove({ by, ...params, ...body });
      return { ...params, snapshot };
    },
  }),
];
