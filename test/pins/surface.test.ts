import { describe, expect, it } from 'vitest';
import { routes as apiRoutes } from '#api/index.ts';
import { commands } from '../../src/cli/catalogue.ts';
import { routes, stageNames } from '#gateway/index.ts';
import { errorCodes } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import { recordSchema, recordTypes } from '#kernel/record.ts';
import { createPolicyGate } from '#planes/policy/index.ts';
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import { decisionInput } from '#contracts/policy-engine.suite.ts';

/** Literals on purpose: a red pin asks whether the change was meant. */
describe('what others rely on', () => {
  it('is the order of the path', () => {
    expect(stageNames).toEqual([
      'admit',
      'identify',
      'standing',
      'resolve',
      'inspect-in',
      'decide',
      'approve',
      'intend',
      'lend',
      'forward',
      'inspect-out',
      'settle',
    ]);
    // Each route whole: a stage that one of them loses is a gate that somebody walks around.
    expect(routes).toEqual({
      invoke: stageNames,
      refresh: [
        'admit',
        'identify',
        'standing',
        'resolve',
        'decide',
        'intend',
        'lend',
        'forward',
        'inspect-out',
        'settle',
      ],
      list: ['admit', 'identify', 'standing', 'resolve', 'settle'],
      greet: ['admit', 'identify', 'standing', 'settle'],
      notice: ['admit', 'identify', 'standing', 'settle'],
      refused: ['admit', 'identify', 'standing'],
    });
    for (const route of Object.values(routes)) {
      const places = route.map((name) => stageNames.indexOf(name));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(route.slice(0, 3)).toEqual(['admit', 'identify', 'standing']);
    }
  });

  it('is default deny: without any policy and permit the answer is no [POL-01]', () => {
    const gate = createPolicyGate({ engine: createCedarEngine() });
    const decision = gate.decide(decisionInput({}), {
      mayCallTool: true,
      insideEnvelope: true,
      crossesSensitivity: false,
    });
    expect(decision.effect).toBe('deny');
  });

  it('is the rooms of error codes, each code with a status, a message and an action', () => {
    const rooms = [...new Set(Object.keys(errorCodes).map((code) => code.split('/')[0]))];
    expect(rooms.sort((a = '', b = '') => (a < b ? -1 : 1))).toEqual([
      'admit',
      'api',
      'approvals',
      'audit',
      'cli',
      'config',
      'credentials',
      'gateway',
      'identity',
      'json',
      'policy',
      'reservations',
      'semantic',
      'standing',
      'stop',
      'store',
      'tools',
      'up',
    ]);
    for (const [code, known] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
      expect(known.status).toBeGreaterThanOrEqual(202);
      expect(known.message).toMatch(/^[a-z].*[^.]$/);
      expect(known.suggestedAction).not.toBe('');
    }
  });

  it('is the code for each way that a call is refused', () => {
    const statuses = Object.fromEntries(
      Object.entries(errorCodes).map(([code, { status }]) => [code, status]),
    );
    expect(statuses).toMatchObject({
      'identity/missing': 401,
      'identity/replayed-proof': 401,
      'identity/nonce-required': 401,
      'identity/user-token': 401,
      'identity/unbound-not-allowed': 403,
      'identity/no-task': 503,
      'identity/task-ended': 409,
      'standing/agent-suspended': 403,
      'standing/rate': 429,
      'stop/active': 403,
      'stop/unconfirmed': 503,
      'tools/not-visible': 404,
      'tools/quarantined': 403,
      'tools/invalid-arguments': 422,
      'tools/unnamed-argument': 422,
      'tools/outside-envelope': 403,
      'policy/denied': 403,
      'policy/no-permit': 403,
      'policy/evaluation-error': 403,
      'policy/too-large': 413,
      'approvals/pending': 202,
      'approvals/spent': 403,
      'approvals/mismatch': 403,
      'approvals/expired': 403,
      'audit/unavailable': 503,
      'audit/outcome-unrecorded': 500,
      'audit/unreconciled': 409,
      'audit/already-done': 409,
      'audit/fenced': 503,
      'semantic/secret-in-arguments': 403,
    });
  });

  it('is the record schema and its types', () => {
    expect(recordSchema).toBe(1);
    expect(recordTypes).toHaveLength(50);
    expect(recordTypes.slice(0, 3)).toEqual(['policy.intent', 'policy.outcome', 'policy.listed']);
  });

  it('is the bounds that callers meet', () => {
    expect(limits).toMatchObject({
      requestBodyBytes: 1_048_576,
      headerBytes: 16_384,
      jsonDepth: 64,
      argumentBytes: 262_144,
      resultBytes: 4_194_304,
      accessTokenMs: 900_000,
      unboundTokenMs: 900_000,
      joinTokenMs: 600_000,
      setupLinkMs: 600_000,
      clockSkewMs: 30_000,
      stopLeaseMs: 5_000,
      driftCheckMs: 300_000,
      recordBytes: 65_535,
      policySetItems: 1_000,
      policyStringBytes: 32_768,
      policyDepth: 8,
      policyWork: 2_048,
    });
  });

  it('is the API: every route with its role, its audit action and who records it', () => {
    const types = new Set<string>(recordTypes);
    for (const route of apiRoutes) expect(types.has(route.action)).toBe(true);
    const rows = apiRoutes.map(
      ({ method, path, role, action, recordedBy }) =>
        `${method} ${path} | ${role} | ${action} | ${recordedBy}`,
    );
    expect(rows).toEqual([
      'POST /v1/setup | anyone | identity.person-added | plane',
      'GET /v1/people | auditor | api.read | route',
      'POST /v1/people | admin | identity.person-added | plane',
      'GET /v1/status | auditor | api.read | route-if-possible',
      'POST /v1/enrol | anyone | identity.enrolled | plane',
      'POST /v1/token | anyone | token.issued | plane',
      'POST /v1/agents/:agent/join-token | admin | identity.join-token-issued | plane',
      'POST /v1/agents/:agent/token | admin | token.issued | plane',
      'POST /v1/instances/:instance/revoke | admin | lifecycle.instance-revoked | plane',
      'GET /v1/agents | auditor | api.read | route',
      'POST /v1/agents/:agent/suspend | admin | lifecycle.agent-suspended | plane',
      'POST /v1/agents/:agent/resume | admin | lifecycle.agent-resumed | plane',
      'GET /v1/documents | auditor | api.read | route',
      'POST /v1/documents | admin | config.applied | plane',
      'PUT /v1/secrets/:name | admin | credential.stored | plane',
      'GET /v1/secrets | admin | api.read | route',
      'GET /v1/tools | auditor | api.read | route',
      'GET /v1/tools/:server/:tool | auditor | api.read | route',
      'POST /v1/tools/:server/:tool/approve | admin | tool.approved | plane',
      'GET /v1/approvals | auditor | api.read | route',
      'GET /v1/approvals/:id | auditor | api.read | route',
      'POST /v1/approvals/:id/decide | approver | approval.approved | plane',
      'POST /v1/policies/check | auditor | api.read | route',
      'GET /v1/policies | auditor | api.read | route',
      'POST /v1/policies/explain | auditor | api.read | route',
      'GET /v1/stops | auditor | api.read | route',
      'POST /v1/stops | approver | stop.set | plane',
      'POST /v1/stops/release | admin | stop.released | plane',
      'GET /v1/tasks | auditor | api.read | route',
      'GET /v1/tasks/:id | auditor | api.read | route',
      'POST /v1/tasks/:id/end | auditor | task.ended | plane',
      'GET /v1/effects | auditor | api.read | route',
      'POST /v1/effects/:id/reconcile | admin | effect.reconciled | plane',
      'GET /v1/records | auditor | log.read | route',
      'GET /v1/records/:id | auditor | log.read | route',
      'GET /v1/records/:id/proof | auditor | log.read | route',
    ]);
  });

  it('is the verbs of the command line, each with help and examples', () => {
    expect(commands.map(({ name }) => name)).toEqual([
      'setup',
      'status',
      'person add',
      'person list',
      'agent add',
      'agent list',
      'agent token',
      'agent suspend',
      'agent resume',
      'instance revoke',
      'manifest add',
      'server add',
      'server list',
      'secret set',
      'tool list',
      'tool diff',
      'tool approve',
      'approval list',
      'approval show',
      'approval approve',
      'approval reject',
      'policy check',
      'policy explain',
      'stop',
      'release',
      'task list',
      'task show',
      'task end',
      'effect list',
      'effect reconcile',
      'audit tail',
      'audit show',
      'audit verify',
    ]);
    for (const { summary, examples } of commands) {
      expect(summary).not.toBe('');
      expect(examples.length).toBeGreaterThan(0);
    }
  });
});
