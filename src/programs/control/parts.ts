import { createFileKeyring, type FileKeyring } from '#adapters/keyring/file/index.ts';
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock } from '#kernel/time.ts';
import { type ApprovalDesk, createApprovalDesk } from '#planes/approvals/index.ts';
import { createVault, type Vault } from '#planes/credentials/index.ts';
import { createEnrolment, type Enrolment } from '#planes/identity/index.ts';
import { agentKind } from '#planes/lifecycle/index.ts';
import { createPolicyGate, type PolicyGate, policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { join } from 'node:path';
import { tell } from '../child.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import type { ControlSettings } from '../settings.ts';
import { type Compiler, createCompiler } from './compile.ts';
import { publishRoster } from './roster.ts';

export const kinds = [agentKind, manifestKind, toolServerKind, policyKind];

export interface OpenControl {
  readonly keyring: FileKeyring;
  readonly store: Store;
  readonly log: ProgramLog;
  readonly policy: PolicyGate;
  readonly enrolment: Enrolment;
  readonly compiler: Compiler;
  readonly vault: Vault;
  readonly desk: ApprovalDesk;
}

/** Everything of the control program, opened; nothing listens yet. */
export async function openControl(settings: ControlSettings): Promise<OpenControl> {
  const clock = systemClock;
  const keyring = await createFileKeyring({ folder: settings.keys, data: settings.data });
  tell({ event: 'progress', text: 'opening the store' });
  const store = await openSqliteStore({ folder: join(settings.data, 'store'), clock });
  const log = await openProgramLog({ data: settings.data, writer: 'control-1', keyring, clock });
  const { recorder } = log;
  const policy = createPolicyGate({ engine: createCedarEngine() });
  const enrolment: Enrolment = await createEnrolment({
    instances: store.instances,
    keyring,
    recorder,
    clock,
    knownAgent: (tenant, name) => compiler.current()?.tenants[tenant]?.agents[name] !== undefined,
    onRosterChange: () => publishRoster(store),
    tenant: settings.tenant,
  });
  const compiler: Compiler = createCompiler({
    store,
    kinds,
    policy,
    recorder,
    clock,
    tenant: settings.tenant,
    trust: () => enrolment.trust(),
  });
  const vault = createVault({ keyring, book: store.secrets, recorder, clock });
  const desk = createApprovalDesk({ ledger: store.grants, clock, recorder });
  return { keyring, store, log, policy, enrolment, compiler, vault, desk };
}
