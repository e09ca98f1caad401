import { describe, expect, it } from 'vitest';
import { routes } from '#api/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { holdsRole, roles } from '#kernel/principal.ts';
import { documentKinds } from '../../src/programs/catalogue.ts';

/** What each role opens, route by route; a route that is not here is one that nobody thought about. */
function matrix(): readonly string[] {
  return routes.map(({ method, path, role }) => {
    const open = roles.filter((one) => role === 'anyone' || holdsRole({ roles: [one] }, ...role));
    return `${method} ${path}: ${role === 'anyone' ? 'anyone' : open.join(' ')}`;
  });
}

const readers = 'auditor approver analyst operator privacy admin';
const operators = 'operator admin';

/** Who writes a document of each kind: whoever operates gives nobody more than they have. */
function writers(): Readonly<Record<string, string>> {
  const spec: Readonly<Record<string, JsonObject>> = {
    'Client, agreed to by each user': { consent: 'user' },
    'Client, agreed to by this document': { consent: 'policy' },
    'ToolServer, by URL': { connect: { url: 'http://127.0.0.1:1/mcp' } },
    'ToolServer, by command': { connect: { command: 'node' } },
  };
  return Object.fromEntries(
    documentKinds.flatMap(({ kind, writtenBy }) => {
      if (typeof writtenBy !== 'function') return [[kind, writtenBy ?? 'operator']];
      const shapes = Object.entries(spec).filter(([shape]) => shape.startsWith(`${kind}, `));
      return shapes.map(([shape, of]) => [shape, writtenBy(of) ?? 'operator']);
    }),
  );
}

describe('what people may by the API', () => {
  it('is pinned, each kind of document [IDN-19]', () => {
    expect(writers()).toEqual({
      Agent: 'operator',
      ApprovalRule: 'admin',
      Manifest: 'operator',
      Entitlement: 'admin',
      'ToolServer, by URL': 'operator',
      'ToolServer, by command': 'admin',
      Registry: 'operator',
      Policy: 'operator',
      Model: 'operator',
      IdentityProvider: 'admin',
      StepUp: 'admin',
      Retention: 'admin',
      WorkloadIssuer: 'admin',
      Directory: 'admin',
      Exchange: 'admin',
      HandOff: 'admin',
      Speaker: 'admin',
      Environment: 'operator',
      RiskList: 'operator',
      AgentTemplate: 'admin',
      'Client, agreed to by each user': 'operator',
      'Client, agreed to by this document': 'admin',
    });
  });

  it('is pinned, each route for each role [IDN-19]', () => {
    expect(matrix()).toEqual([
      'POST /v1/setup: anyone',
      `GET /v1/me: owner ${readers}`,
      `GET /v1/people: ${readers}`,
      'POST /v1/people: admin',
      'POST /v1/people/mend: admin',
      'POST /v1/people/:name/roles: admin',
      'POST /v1/people/:name/remove: admin',
      `GET /v1/api-tokens: owner ${readers}`,
      `POST /v1/api-tokens: owner ${readers}`,
      `POST /v1/api-tokens/:id/revoke: owner ${readers}`,
      `POST /v1/elevations: owner ${readers}`,
      `GET /v1/passkeys: owner ${readers}`,
      `POST /v1/passkeys/options: owner ${readers}`,
      `POST /v1/passkeys: owner ${readers}`,
      `POST /v1/passkeys/remove: owner ${readers}`,
      `GET /v1/status: ${readers}`,
      'POST /v1/enrol: anyone',
      'POST /v1/token: anyone',
      `POST /v1/agents/:agent/join-token: ${operators}`,
      `POST /v1/agents/:agent/token: ${operators}`,
      'POST /v1/instances/:instance/revoke: analyst operator admin',
      `GET /v1/agents: owner ${readers}`,
      `GET /v1/agents/:agent: owner ${readers}`,
      'POST /v1/agents/:agent/suspend: owner analyst operator admin',
      `POST /v1/agents/:agent/resume: ${operators}`,
      'POST /v1/agents/:agent/review: owner operator admin',
      `GET /v1/agents/:agent/suggested-manifest: ${operators}`,
      `GET /v1/servers/:server/suggested-flow: ${readers}`,
      `GET /v1/documents: ${readers}`,
      `POST /v1/documents: ${operators}`,
      `POST /v1/documents/:kind/:name/remove: ${operators}`,
      `POST /v1/plans: ${readers}`,
      `POST /v1/changes: ${operators}`,
      `GET /v1/changes: ${readers}`,
      `GET /v1/changes/:id: ${readers}`,
      `POST /v1/changes/:id/approve: ${operators}`,
      `POST /v1/changes/:id/reject: ${operators}`,
      `GET /v1/documents/:kind/:name/history: ${readers}`,
      `POST /v1/documents/:kind/:name/rollback: ${operators}`,
      `PUT /v1/secrets/:name: ${operators}`,
      `POST /v1/secrets/:name/remove: ${operators}`,
      `GET /v1/secrets: ${operators}`,
      `POST /v1/secrets/find: ${operators}`,
      `GET /v1/servers: ${readers}`,
      `GET /v1/servers/:server: ${readers}`,
      `GET /v1/servers/:server/logs: ${operators}`,
      `POST /v1/servers/:server/remove: ${operators}`,
      `GET /v1/tools: ${readers}`,
      `GET /v1/tools/gates: ${readers}`,
      `GET /v1/tools/:server/:tool: ${readers}`,
      `POST /v1/tools/:server/:tool/approve: ${operators}`,
      `POST /v1/tools/:server/:tool/reject: ${operators}`,
      `POST /v1/tools/:server/approve: ${operators}`,
      `GET /v1/approvals/activity: ${readers}`,
      `GET /v1/approvals: owner ${readers}`,
      `GET /v1/approvals/:id: owner ${readers}`,
      'POST /v1/approvals/:id/decide: approver analyst operator admin',
      `GET /v1/approvals/:id/beside: owner ${readers}`,
      `GET /v1/overrides: ${readers}`,
      'POST /v1/overrides: approver admin',
      `POST /v1/overrides/:id/review: ${readers}`,
      'POST /v1/overrides/:id/end: approver operator admin',
      `POST /v1/policies/check: ${readers}`,
      `POST /v1/policies/try: ${readers}`,
      'POST /v1/policies/replay: privacy',
      'GET /v1/policies/replays/:id: privacy',
      `GET /v1/policies: ${readers}`,
      `GET /v1/policies/shadow: ${readers}`,
      `POST /v1/policies/explain: ${readers}`,
      `GET /v1/stops: ${readers}`,
      'POST /v1/stops: approver analyst operator admin',
      'POST /v1/stops/release: admin',
      `GET /v1/tasks: owner ${readers}`,
      `GET /v1/tasks/:id: owner ${readers}`,
      'POST /v1/tasks: owner auditor approver analyst operator privacy admin',
      'POST /v1/tasks/:id/end: owner auditor approver analyst operator privacy admin',
      `GET /v1/tasks/:id/flow: ${readers}`,
      `GET /v1/consents: ${readers}`,
      `GET /v1/consents/:id: ${readers}`,
      'POST /v1/consents/:id/narrow: analyst operator admin',
      'POST /v1/consents/:id/withdraw: analyst operator admin',
      `GET /v1/sessions: ${readers}`,
      'POST /v1/sessions/:id/end: owner auditor approver analyst operator privacy admin',
      'POST /v1/sessions/end: owner auditor approver analyst operator privacy admin',
      `GET /v1/delegations: ${readers}`,
      'POST /v1/delegations/:id/end: analyst operator admin',
      `GET /v1/effects: ${readers}`,
      `POST /v1/effects/:id/reconcile: ${operators}`,
      `GET /v1/objects: ${readers}`,
      `POST /v1/objects/hold: ${operators}`,
      'POST /v1/objects/release: admin',
      'GET /v1/directory/tokens: admin',
      'POST /v1/directory/tokens: admin',
      'POST /v1/directory/tokens/:id/end: admin',
      `GET /v1/records: owner ${readers}`,
      `GET /v1/records/:id: ${readers}`,
      `POST /v1/records/:id/explain: ${readers}`,
      `GET /v1/records/:id/proof: ${readers}`,
      `GET /v1/audit/records: ${readers}`,
      `GET /v1/audit/export: ${readers}`,
      `GET /v1/audit/tasks/:task: ${readers}`,
      `GET /v1/audit/views: ${readers}`,
      `GET /v1/audit/exports: ${readers}`,
      `GET /v1/audit/index: ${readers}`,
      `GET /v1/audit/index/check: ${readers}`,
      `POST /v1/audit/index/rebuild: ${operators}`,
      `GET /v1/audit/counts: ${readers}`,
      `GET /v1/audit/retention: ${readers}`,
      `POST /v1/evidence/:name/make: ${readers}`,
      `POST /v1/annotations: owner ${readers}`,
      'POST /v1/logs/accept-missing: admin',
      `GET /v1/audit/traces/:trace: ${readers}`,
      'POST /v1/records/:id/reveal: privacy',
      'POST /v1/erasures: privacy',
      'POST /v1/erasures/tenant: privacy',
      `GET /v1/erasures/:id/certificate: ${readers}`,
      `GET /v1/holds: ${readers}`,
      'POST /v1/holds: privacy',
      'POST /v1/holds/mend: privacy',
      'POST /v1/holds/:id/release: privacy',
      'POST /v1/agreements/:id/agree: privacy',
      `GET /v1/events: owner ${readers}`,
      `GET /v1/openapi.json: owner ${readers}`,
    ]);
  });

  it('is an act with a name wherever it changes something, so that documents can ask for more [APR-12]', () => {
    const acts = routes.flatMap(({ method, path, role, recordedBy, act }) =>
      role === 'anyone' || recordedBy !== 'plane'
        ? []
        : [`${method} ${path}: ${act ?? 'nameless'}`],
    );
    expect(acts).toEqual([
      'POST /v1/people: people',
      'POST /v1/people/mend: people',
      'POST /v1/people/:name/roles: by what is asked',
      'POST /v1/people/:name/remove: revoke',
      'POST /v1/api-tokens: tokens',
      'POST /v1/api-tokens/:id/revoke: revoke',
      'POST /v1/elevations: elevate',
      'POST /v1/passkeys: passkeys',
      'POST /v1/passkeys/remove: revoke',
      'POST /v1/agents/:agent/join-token: agents',
      'POST /v1/agents/:agent/token: agents',
      'POST /v1/instances/:instance/revoke: revoke',
      'POST /v1/agents/:agent/suspend: suspend',
      'POST /v1/agents/:agent/resume: resume',
      'POST /v1/agents/:agent/review: agents',
      'POST /v1/documents: documents',
      'POST /v1/documents/:kind/:name/remove: documents',
      'POST /v1/changes: documents',
      'POST /v1/changes/:id/approve: documents',
      'POST /v1/changes/:id/reject: reject',
      'POST /v1/documents/:kind/:name/rollback: documents',
      'PUT /v1/secrets/:name: secrets',
      'POST /v1/secrets/:name/remove: revoke',
      'POST /v1/servers/:server/remove: documents',
      'POST /v1/tools/:server/:tool/approve: tools',
      'POST /v1/tools/:server/:tool/reject: reject',
      'POST /v1/tools/:server/approve: tools',
      'POST /v1/approvals/:id/decide: by what is asked',
      'POST /v1/overrides: approve',
      'POST /v1/overrides/:id/review: approve',
      'POST /v1/overrides/:id/end: revoke',
      'POST /v1/policies/replay: reveal',
      'POST /v1/stops: stop',
      'POST /v1/stops/release: release',
      'POST /v1/tasks: tasks',
      'POST /v1/tasks/:id/end: tasks',
      'POST /v1/consents/:id/narrow: revoke',
      'POST /v1/consents/:id/withdraw: revoke',
      'POST /v1/sessions/:id/end: revoke',
      'POST /v1/sessions/end: revoke',
      'POST /v1/delegations/:id/end: revoke',
      'POST /v1/effects/:id/reconcile: effects',
      'POST /v1/objects/hold: stop',
      'POST /v1/objects/release: release',
      'POST /v1/directory/tokens: people',
      'POST /v1/directory/tokens/:id/end: revoke',
      'POST /v1/audit/index/rebuild: documents',
      'POST /v1/evidence/:name/make: evidence',
      'POST /v1/annotations: annotate',
      'POST /v1/logs/accept-missing: release',
      'POST /v1/records/:id/reveal: reveal',
      'POST /v1/erasures: erase',
      'POST /v1/erasures/tenant: erase',
      'POST /v1/holds: holds',
      'POST /v1/holds/mend: holds',
      'POST /v1/holds/:id/release: holds',
      'POST /v1/agreements/:id/agree: erase',
    ]);
    const read = routes.filter(({ recordedBy }) => recordedBy !== 'plane');
    expect(read.filter(({ act }) => act !== undefined)).toEqual([]);
  });
});
