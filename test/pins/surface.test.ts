import { describe, expect, it } from 'vitest';
import { routes as apiRoutes } from '#api/index.ts';
import { commands } from '../../src/cli/catalogue.ts';
import { pathsThrough, routeStages, stageNames } from '#gateway/index.ts';
import { actions } from '../../src/programs/gateway/catalogue.ts';
import { stagesThatPass } from '../fakes/stages-that-pass.ts';
import { errorCodes } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import { recordSchema, recordTypes } from '#kernel/record.ts';
import { createPolicyGate } from '#planes/policy/index.ts';
import { createInlineEngine } from '#adapters/policy-engine/cedar/inline.ts';
import { decisionInput } from '#contracts/policy-engine.suite.ts';
import { pinnedCodes, pinnedLimits, pinnedTypes } from './promises.ts';

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
    const routes = routeStages(pathsThrough(stagesThatPass({}).stages));
    expect(routes).toEqual({
      acting: stageNames,
      asking: [
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
      telling: ['admit', 'identify', 'standing', 'resolve', 'settle'],
      noting: ['admit', 'identify', 'standing', 'settle'],
      refusing: ['admit', 'identify', 'standing'],
    });
    const served = actions({} as Parameters<typeof actions>[0]);
    const given = Object.values(served).map(({ kind, route }) => [kind, route] as const);
    // Whatever is not named here goes through all of them.
    expect(Object.fromEntries(given.filter(([, route]) => route !== 'acting'))).toEqual({
      'tool-list': 'telling',
      'model-list': 'telling',
      greet: 'noting',
      notice: 'noting',
      refresh: 'asking',
      refused: 'refusing',
    });
    expect(given).toContainEqual(['tool-call', 'acting']);
    for (const [kind, file] of Object.entries(served)) expect(file.kind).toBe(kind);
    for (const route of Object.values(routes)) {
      const places = route.map((name) => stageNames.indexOf(name));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(route.slice(0, 3)).toEqual(['admit', 'identify', 'standing']);
    }
  });

  it('is default deny: without any policy and permit the answer is no [POL-01]', async () => {
    const part = createPolicyGate({ engine: createInlineEngine(), kinds: [] });
    const tokens = { issuer: '', audience: '', keys: [] };
    const nothing = { number: 1, digest: '', createdAt: 0, epoch: 1, tenants: {}, tokens };
    const compiled = await part.compile(nothing, undefined);
    if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
    const decision = await compiled.view.decide(decisionInput({}), {
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
      'backup',
      'cli',
      'config',
      'credentials',
      'directory',
      'gateway',
      'identity',
      'json',
      'models',
      'oauth',
      'offers',
      'outbound',
      'overrides',
      'policy',
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
    expect(statuses).toEqual(pinnedCodes);
  });

  it('is the record schema and its types', () => {
    expect(recordSchema).toBe(2);
    expect(recordTypes).toEqual(pinnedTypes);
  });

  it('is the bounds that callers meet', () => {
    expect(limits).toEqual(pinnedLimits);
  });

  it('is the API: every route with its role, its audit action and who records it', () => {
    const types = new Set<string>(recordTypes);
    for (const route of apiRoutes) expect(types.has(route.action)).toBe(true);
    const rows = apiRoutes.map(
      ({ method, path, role, action, recordedBy }) =>
        `${method} ${path} | ${role === 'anyone' ? role : role.join(' or ')} | ${action} | ${recordedBy}`,
    );
    expect(rows).toEqual([
      'POST /v1/setup | anyone | identity.person-added | plane',
      'GET /v1/me | auditor or owner | api.read | route',
      'GET /v1/people | auditor | api.read | route',
      'POST /v1/people | admin | identity.person-added | plane',
      'POST /v1/people/mend | admin | identity.rights-mended | plane',
      'POST /v1/people/:name/roles | admin | identity.person-changed | plane',
      'POST /v1/people/:name/remove | admin | identity.person-removed | plane',
      'GET /v1/api-tokens | auditor or owner | api.read | route',
      'POST /v1/api-tokens | auditor or owner | identity.api-token-created | plane',
      'POST /v1/api-tokens/:id/revoke | auditor or owner | identity.api-token-revoked | plane',
      'POST /v1/elevations | auditor or owner | identity.elevated | plane',
      'GET /v1/passkeys | auditor or owner | api.read | route',
      'POST /v1/passkeys/options | auditor or owner | api.read | route',
      'POST /v1/passkeys | auditor or owner | identity.passkey-added | plane',
      'POST /v1/passkeys/remove | auditor or owner | identity.passkey-removed | plane',
      'GET /v1/status | auditor | api.read | route-if-possible',
      'POST /v1/enrol | anyone | identity.enrolled | plane',
      'POST /v1/token | anyone | token.issued | plane',
      'POST /v1/agents/:agent/join-token | operator | identity.join-token-issued | plane',
      'POST /v1/agents/:agent/token | operator | token.issued | plane',
      'POST /v1/instances/:instance/revoke | analyst | lifecycle.instance-revoked | plane',
      'GET /v1/agents | auditor or owner | api.read | route',
      'GET /v1/agents/:agent | auditor or owner | api.read | route',
      'POST /v1/agents/:agent/suspend | analyst or owner | lifecycle.agent-suspended | plane',
      'POST /v1/agents/:agent/resume | operator | lifecycle.agent-resumed | plane',
      'POST /v1/agents/:agent/review | operator or owner | lifecycle.agent-reviewed | plane',
      'GET /v1/agents/:agent/suggested-manifest | operator | log.read | route',
      'GET /v1/servers/:server/suggested-flow | auditor | api.read | route',
      'GET /v1/documents | auditor | api.read | route',
      'POST /v1/documents | operator | config.applied | plane',
      'POST /v1/documents/:kind/:name/remove | operator | config.applied | plane',
      'POST /v1/plans | auditor | api.read | route',
      'POST /v1/changes | operator | config.applied | plane',
      'GET /v1/changes | auditor | api.read | route',
      'GET /v1/changes/:id | auditor | api.read | route',
      'POST /v1/changes/:id/approve | operator | config.change-approved | plane',
      'POST /v1/changes/:id/reject | operator | config.change-ended | plane',
      'GET /v1/documents/:kind/:name/history | auditor | api.read | route',
      'POST /v1/documents/:kind/:name/rollback | operator | config.applied | plane',
      'PUT /v1/secrets/:name | operator | credential.stored | plane',
      'POST /v1/secrets/:name/remove | operator | credential.removed | plane',
      'GET /v1/secrets | operator | api.read | route',
      'POST /v1/secrets/find | operator | api.read | route',
      'GET /v1/servers | auditor | api.read | route',
      'GET /v1/servers/:server | auditor | api.read | route',
      'GET /v1/servers/:server/logs | operator | api.read | route',
      'POST /v1/servers/:server/remove | operator | config.applied | plane',
      'GET /v1/tools | auditor | api.read | route',
      'GET /v1/tools/gates | auditor | api.read | route',
      'GET /v1/tools/:server/:tool | auditor | api.read | route',
      'POST /v1/tools/:server/:tool/approve | operator | tool.approved | plane',
      'POST /v1/tools/:server/:tool/reject | operator | tool.rejected | plane',
      'POST /v1/tools/:server/approve | operator | tool.approved | plane',
      'GET /v1/approvals/activity | auditor | api.read | route',
      'GET /v1/approvals | auditor or owner | api.read | route',
      'GET /v1/approvals/:id | auditor or owner | api.read | route',
      'POST /v1/approvals/:id/decide | approver or analyst | approval.approved | plane',
      'GET /v1/approvals/:id/beside | auditor or owner | log.read | route',
      'GET /v1/overrides | auditor | api.read | route',
      'POST /v1/overrides | approver | override.given | plane',
      'POST /v1/overrides/:id/review | approver or auditor | override.reviewed | plane',
      'POST /v1/overrides/:id/end | approver or operator | override.ended | plane',
      'POST /v1/policies/check | auditor | api.read | route',
      'POST /v1/policies/try | auditor | api.read | route',
      'POST /v1/policies/replay | privacy | log.revealed | plane',
      'GET /v1/policies/replays/:id | privacy | api.read | route',
      'GET /v1/policies | auditor | api.read | route',
      'GET /v1/policies/shadow | auditor | api.read | route',
      'POST /v1/policies/explain | auditor | api.read | route',
      'GET /v1/stops | auditor | api.read | route',
      'POST /v1/stops | approver or analyst | stop.set | plane',
      'POST /v1/stops/release | admin | stop.released | plane',
      'GET /v1/tasks | auditor or owner | api.read | route',
      'GET /v1/tasks/:id | auditor or owner | api.read | route',
      'POST /v1/tasks | auditor or owner | task.begun | plane',
      'POST /v1/tasks/:id/end | auditor or owner | task.ended | plane',
      'GET /v1/tasks/:id/flow | auditor | log.read | route',
      'GET /v1/consents | analyst or auditor | api.read | route',
      'GET /v1/consents/:id | analyst or auditor | api.read | route',
      'POST /v1/consents/:id/narrow | analyst | consent.narrowed | plane',
      'POST /v1/consents/:id/withdraw | analyst | consent.withdrawn | plane',
      'GET /v1/sessions | auditor | api.read | route',
      'POST /v1/sessions/:id/end | auditor or owner | identity.session-ended | plane',
      'POST /v1/sessions/end | auditor or owner | identity.session-ended | plane',
      'GET /v1/delegations | auditor | api.read | route',
      'POST /v1/delegations/:id/end | analyst | delegation.ended | plane',
      'GET /v1/effects | auditor | api.read | route',
      'POST /v1/effects/:id/reconcile | operator | effect.reconciled | plane',
      'GET /v1/objects | auditor | api.read | route',
      'POST /v1/objects/hold | operator | label.held | plane',
      'POST /v1/objects/release | admin | label.released | plane',
      'GET /v1/directory/tokens | admin | api.read | route',
      'POST /v1/directory/tokens | admin | directory.token-issued | plane',
      'POST /v1/directory/tokens/:id/end | admin | directory.token-ended | plane',
      'GET /v1/records | auditor or owner | log.read | route',
      'GET /v1/records/:id | auditor | log.read | route',
      'POST /v1/records/:id/explain | auditor | log.read | route',
      'GET /v1/records/:id/proof | auditor | log.read | route',
      'GET /v1/audit/records | auditor | log.read | route',
      'GET /v1/audit/export | auditor | log.read | route',
      'GET /v1/audit/tasks/:task | auditor | log.read | route',
      'GET /v1/audit/views | auditor | api.read | route',
      'GET /v1/audit/exports | auditor | api.read | route',
      'GET /v1/audit/index | auditor | api.read | route',
      'GET /v1/audit/index/check | auditor | log.read | route',
      'POST /v1/audit/index/rebuild | operator | log.index-rebuilt | plane',
      'GET /v1/audit/counts | auditor | log.read | route',
      'GET /v1/audit/retention | auditor | api.read | route',
      'POST /v1/evidence/:name/make | auditor | log.evidence-made | plane',
      'POST /v1/annotations | auditor or owner | log.annotated | plane',
      'POST /v1/logs/accept-missing | admin | log.missing-accepted | plane',
      'GET /v1/audit/traces/:trace | auditor | log.read | route',
      'POST /v1/records/:id/reveal | privacy | log.revealed | plane',
      'POST /v1/erasures | privacy | privacy.erased | plane',
      'POST /v1/erasures/tenant | privacy | privacy.asked | plane',
      'GET /v1/erasures/:id/certificate | auditor | log.read | route',
      'GET /v1/holds | auditor | api.read | route',
      'POST /v1/holds | privacy | privacy.asked | plane',
      'POST /v1/holds/mend | privacy | privacy.holds-mended | plane',
      'POST /v1/holds/:id/release | privacy | privacy.asked | plane',
      'POST /v1/agreements/:id/agree | privacy | privacy.held | plane',
      'GET /v1/events | auditor or owner | api.read | route',
      'GET /v1/openapi.json | auditor or owner | api.read | route',
    ]);
  });

  it('is the verbs of the command line, each with help and examples', () => {
    expect(commands.map(({ name }) => name)).toEqual([
      'setup',
      'login',
      'status',
      'person add',
      'person list',
      'person set-roles',
      'person remove',
      'person mend',
      'directory token create',
      'directory token list',
      'directory token end',
      'person elevate',
      'token create',
      'token list',
      'token revoke',
      'passkey list',
      'passkey remove',
      'agent add',
      'agent list',
      'agent token',
      'agent suspend',
      'agent resume',
      'agent review',
      'instance revoke',
      'connect',
      'adopt',
      'manifest add',
      'suggest manifest',
      'suggest flow',
      'server add',
      'server list',
      'server show',
      'server logs',
      'server phase',
      'server remove',
      'secret set',
      'secret remove',
      'tool list',
      'tool gates',
      'tool diff',
      'tool approve',
      'tool reject',
      'lock export',
      'lock check',
      'lock import',
      'approval list',
      'approval show',
      'approval activity',
      'approval approve',
      'approval reject',
      'override give',
      'override list',
      'override review',
      'override end',
      'validate',
      'explain',
      'plan',
      'apply',
      'get',
      'describe',
      'history',
      'diff',
      'export',
      'rollback',
      'change list',
      'change show',
      'change approve',
      'change reject',
      'policy check',
      'policy explain',
      'policy try',
      'policy replay',
      'policy shadow report',
      'stop',
      'release',
      'consent list',
      'consent show',
      'consent narrow',
      'consent withdraw',
      'delegation list',
      'delegation end',
      'session list',
      'session end',
      'task list',
      'task show',
      'task flow',
      'task begin',
      'task end',
      'effect list',
      'effect reconcile',
      'flow objects',
      'flow clean',
      'flow release',
      'audit tail',
      'audit query',
      'audit count',
      'audit views',
      'audit timeline',
      'audit show',
      'audit source',
      'audit annotate',
      'audit prove',
      'audit keys',
      'audit verify',
      'audit archive fetch',
      'audit accept-missing',
      'audit retention',
      'audit export',
      'audit check-bundle',
      'audit reveal',
      'audit erase',
      'audit certificate',
      'audit check-certificate',
      'audit hold add',
      'audit agree',
      'audit hold release',
      'audit hold mend',
      'audit hold list',
      'audit exports',
      'audit fsck',
      'audit index status',
      'audit index rebuild',
      'audit begin-anew',
      'evidence list',
      'evidence make',
      'evidence verify',
      'backup take',
      'backup verify',
      'restore',
      'witness serve',
      'completion',
      'completion words',
    ]);
    for (const { summary, examples } of commands) {
      expect(summary).not.toBe('');
      expect(examples.length).toBeGreaterThan(0);
    }
  });
});
