import {
  system15,
  system18,
  system19,
  tenant16,
  tenant17,
  tenant20,
  tenant21,
  system23,
  system25,
  tenant26,
  tenant22,
  tenant23,
  tenant24,
  tenant27,
  tenant28,
  tenant29,
  tenant30,
  tenant31,
  tenant32,
} from './later-migrations.ts';

/** Names the schema that this version writes; only grows. */
export const schemaVersion = 33;

export const tenantTables = [
  'approvals',
  'leases',
  'session_labels',
  'reservations',
  'usage',
  'documents',
  'document_versions',
  'document_removals',
  'document_reviews',
  'catalogue',
  'secrets',
  'outbox',
  'tasks',
  'sessions',
  'task_labels',
  'task_words',
  'object_labels',
  'outflow',
  'delegations',
  'used_tokens',
  'directory_state',
  'directory_users',
  'directory_names',
  'directory_groups',
  'directory_members',
  'agent_orphans',
  'agent_reviews',
  'oauth_clients',
  'consents',
  'oauth_codes',
  'refresh_families',
  'refresh_tokens',
  'payload_keys',
  'destroyed_keys',
  'agreements',
  'legal_holds',
  'repeated_acts',
] as const;

export const systemTables = [
  'meta',
  'tenants',
  'overlay_entries',
  'published',
  'setup_links',
  'people',
  'bootstraps',
  'api_tokens',
  'elevations',
  'passkeys',
  'join_tokens',
  'instances',
  'assertions',
  'system_outbox',
  'serving',
  'reconciled_effects',
  'unbound_tokens',
  'sign_in_attempts',
  'person_names',
  'person_sessions',
  'used_logouts',
  'directory_tokens',
] as const;

/** Nothing in these is ever changed or taken out; an engine with rights says so too. */
export const onlyAddedTo: readonly string[] = [
  'session_labels',
  'document_versions',
  'document_removals',
  'task_labels',
  'task_words',
  'destroyed_keys',
];

/** What belongs to no tenant. */
const system1 = [
  'CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
  `CREATE TABLE tenants (tenant TEXT PRIMARY KEY)`,
  `CREATE TABLE overlay_entries (
    id TEXT PRIMARY KEY, target TEXT NOT NULL, why TEXT NOT NULL, set_by TEXT NOT NULL,
    reason TEXT NOT NULL, set_at BIGINT NOT NULL, digest TEXT, position BIGINT NOT NULL)`,
  'CREATE UNIQUE INDEX overlay_target ON overlay_entries (target, why)',
  `CREATE TABLE published (feed TEXT PRIMARY KEY, number BIGINT NOT NULL, body TEXT NOT NULL)`,
  `CREATE TABLE setup_links (digest TEXT PRIMARY KEY, expires_at BIGINT NOT NULL, used_at BIGINT)`,
  `CREATE TABLE people (
    tenant TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, credential TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL, PRIMARY KEY (tenant, name))`,
  `CREATE TABLE join_tokens (
    digest TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL, used_at BIGINT)`,
  `CREATE TABLE instances (
    instance TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL,
    thumbprint TEXT NOT NULL UNIQUE, jwk TEXT NOT NULL, enrolled_at BIGINT NOT NULL,
    revoked_at BIGINT)`,
  `CREATE TABLE assertions (
    thumbprint TEXT NOT NULL, jti TEXT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (thumbprint, jti))`,
] as const;

/** Every row says whose it is, from the first migration on. */
const tenant1 = [
  `CREATE TABLE approvals (
    tenant TEXT NOT NULL, id TEXT NOT NULL, handle TEXT NOT NULL, state TEXT NOT NULL,
    agent TEXT NOT NULL, call_digest TEXT NOT NULL, binding TEXT NOT NULL, context TEXT NOT NULL,
    requested_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, decided_at BIGINT, decided_by TEXT,
    reason TEXT, grant_expires_at BIGINT, spent_at BIGINT, spent_by TEXT, used TEXT,
    epoch BIGINT NOT NULL, told BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant, id))`,
  'CREATE UNIQUE INDEX approvals_handle ON approvals (tenant, handle)',
  `CREATE UNIQUE INDEX approvals_open ON approvals (tenant, call_digest)
    WHERE state IN ('pending', 'approved')`,
  'CREATE INDEX approvals_state ON approvals (tenant, state, requested_at)',
  `CREATE TABLE leases (
    tenant TEXT NOT NULL, id TEXT NOT NULL, agent TEXT NOT NULL, instance TEXT NOT NULL,
    server TEXT NOT NULL, secret TEXT NOT NULL, opened_at BIGINT NOT NULL, ended_at BIGINT,
    ended_by TEXT, epoch BIGINT NOT NULL, PRIMARY KEY (tenant, id))`,
  `CREATE TABLE session_labels (
    tenant TEXT NOT NULL, session TEXT NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (tenant, session, label))`,
  `CREATE TABLE reservations (
    tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, period TEXT NOT NULL,
    amount BIGINT NOT NULL, state TEXT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id))`,
  `CREATE TABLE usage (
    tenant TEXT NOT NULL, name TEXT NOT NULL, period TEXT NOT NULL, used BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, period))`,
  `CREATE TABLE documents (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, spec TEXT NOT NULL,
    digest TEXT NOT NULL, owner TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL,
    applied_by TEXT NOT NULL, PRIMARY KEY (tenant, kind, name))`,
  `CREATE TABLE document_versions (
    tenant TEXT NOT NULL, digest TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    spec TEXT NOT NULL, owner TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL,
    applied_by TEXT NOT NULL, PRIMARY KEY (tenant, kind, name, version))`,
  'CREATE INDEX document_digests ON document_versions (tenant, digest)',
  `CREATE TABLE catalogue (
    tenant TEXT NOT NULL, server TEXT NOT NULL, tool TEXT NOT NULL, pinned TEXT, observed TEXT,
    state TEXT NOT NULL, PRIMARY KEY (tenant, server, tool))`,
  `CREATE TABLE secrets (
    tenant TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, wrapped_key TEXT NOT NULL,
    sealed TEXT NOT NULL, stored_by TEXT NOT NULL, stored_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name))`,
] as const;

export interface Migration {
  readonly version: number;
  readonly system: readonly string[];
  readonly tenant: readonly string[];
}

/** What lists and sweeps look up by. */
const system2 = ['CREATE INDEX assertions_expiry ON assertions (expires_at)'] as const;
const tenant2 = [
  'CREATE INDEX leases_open ON leases (tenant, opened_at) WHERE ended_at IS NULL',
  'CREATE INDEX reservations_expiry ON reservations (tenant, expires_at)',
  `CREATE INDEX approvals_untold ON approvals (tenant) WHERE state = 'expired' AND told = 0`,
  'CREATE INDEX approvals_agent ON approvals (tenant, agent, state)',
  `DELETE FROM reservations WHERE state <> 'reserved'`,
] as const;

/** What is owed: beside the effects of the system, and beside those of each tenant. */
const outboxColumns = `tenant TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, put_at BIGINT NOT NULL, due_at BIGINT NOT NULL, PRIMARY KEY (tenant, id)`;
const system3 = [
  `CREATE TABLE system_outbox (${outboxColumns})`,
  'CREATE INDEX system_outbox_due ON system_outbox (due_at)',
] as const;
const tenant3 = [
  `CREATE TABLE outbox (${outboxColumns})`,
  'CREATE INDEX outbox_due ON outbox (tenant, due_at)',
] as const;

/** Bearers that no key binds, so that each can be seen and revoked while it lasts. */
const system4 = [
  `CREATE TABLE unbound_tokens (
    instance TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, issued_by TEXT NOT NULL,
    issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT)`,
  'CREATE INDEX unbound_tokens_tenant ON unbound_tokens (tenant, issued_at)',
] as const;

/** Digests beside the definitions, and what nobody has judged yet. */
const tenant5 = [
  'ALTER TABLE catalogue ADD COLUMN pinned_digest TEXT',
  'ALTER TABLE catalogue ADD COLUMN observed_digest TEXT',
  'ALTER TABLE catalogue ADD COLUMN judged BIGINT NOT NULL DEFAULT 1',
  'CREATE INDEX catalogue_unjudged ON catalogue (tenant, server, tool) WHERE judged = 0',
] as const;

/**
 * Labels attach to tasks. `session_labels` is from before there were any: nothing is written to it
 * any more, and the first task of each agent takes what stands there.
 */
const tenant6 = [
  `CREATE TABLE tasks (
    tenant TEXT NOT NULL, id TEXT NOT NULL, agent TEXT NOT NULL, owner TEXT NOT NULL,
    kind TEXT NOT NULL, instance TEXT NOT NULL, begun_at BIGINT NOT NULL, ended_at BIGINT,
    ended_by TEXT, reason TEXT, PRIMARY KEY (tenant, id))`,
  'CREATE UNIQUE INDEX tasks_open ON tasks (tenant, agent, instance) WHERE ended_at IS NULL',
  'CREATE INDEX tasks_agent ON tasks (tenant, agent, begun_at)',
  `CREATE TABLE sessions (
    tenant TEXT NOT NULL, id TEXT NOT NULL, task TEXT NOT NULL, agent TEXT NOT NULL,
    instance TEXT NOT NULL, begun_at BIGINT NOT NULL, ended_at BIGINT, PRIMARY KEY (tenant, id))`,
  'CREATE UNIQUE INDEX sessions_open ON sessions (tenant, instance) WHERE ended_at IS NULL',
  'CREATE INDEX sessions_task ON sessions (tenant, task, begun_at)',
  `CREATE TABLE task_labels (
    tenant TEXT NOT NULL, task TEXT NOT NULL, label TEXT NOT NULL, session TEXT NOT NULL,
    source TEXT NOT NULL, PRIMARY KEY (tenant, task, label, session))`,
] as const;

/**
 * What is not known travels with the overlay; which life of which gateway carried writes of which
 * task; and which effects a person has looked at, so that nobody reports them again.
 */
const system7 = [
  'ALTER TABLE overlay_entries ADD COLUMN ref TEXT',
  'ALTER TABLE overlay_entries ADD COLUMN leaves_at BIGINT',
  'ALTER TABLE overlay_entries ADD COLUMN task TEXT',
  'CREATE INDEX overlay_task ON overlay_entries (task)',
  `CREATE TABLE serving (
    writer TEXT NOT NULL, life TEXT NOT NULL, tenant TEXT NOT NULL, task TEXT NOT NULL,
    PRIMARY KEY (writer, life, tenant, task))`,
  `CREATE TABLE reconciled_effects (
    tenant TEXT NOT NULL, ref TEXT NOT NULL, reconciled_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, ref))`,
] as const;

/** What a secret was lent to is a target; those from before are of tool servers. */
const tenant8 = [
  'ALTER TABLE leases ADD COLUMN target TEXT',
  `UPDATE leases SET target = 'tool:' || server`,
] as const;

/** What whoever began a task said of it; an implicit one says nothing. */
const tenant9 = ['ALTER TABLE tasks ADD COLUMN begun TEXT'] as const;

/** Who acts for whom; and a task of its own for each, beside those that an agent has anyway. */
const tenant10 = [
  `CREATE TABLE delegations (
    tenant TEXT NOT NULL, id TEXT NOT NULL, issuer TEXT, subject TEXT, session TEXT,
    consent TEXT NOT NULL, client TEXT, agent TEXT NOT NULL, instance TEXT NOT NULL,
    hops TEXT NOT NULL, parent TEXT, task TEXT NOT NULL, effects TEXT NOT NULL,
    scoped BIGINT NOT NULL, thumbprint TEXT, begun_at BIGINT NOT NULL, until_at BIGINT NOT NULL,
    ended_at BIGINT, ended_by TEXT, reason TEXT, PRIMARY KEY (tenant, id))`,
  'CREATE INDEX delegations_begun ON delegations (tenant, begun_at)',
  'CREATE INDEX delegations_open ON delegations (until_at) WHERE ended_at IS NULL',
  'CREATE INDEX delegations_parent ON delegations (tenant, parent) WHERE ended_at IS NULL',
  `CREATE TABLE used_tokens (
    tenant TEXT NOT NULL, issuer TEXT NOT NULL, jti TEXT NOT NULL, until_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, jti))`,
  'CREATE INDEX used_tokens_until ON used_tokens (until_at)',
  'DROP INDEX tasks_open',
  `CREATE UNIQUE INDEX tasks_open ON tasks (tenant, agent, instance)
    WHERE ended_at IS NULL AND kind <> 'delegated'`,
] as const;

/** Who is signed in: found by a cookie, so whose tenant it is comes out of it. */
const system11 = [
  `CREATE TABLE sign_in_attempts (
    state TEXT PRIMARY KEY, tenant TEXT NOT NULL, attempt TEXT NOT NULL, begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL)`,
  'CREATE INDEX sign_in_attempts_begun ON sign_in_attempts (begun_at, state)',
  `CREATE TABLE person_names (
    tenant TEXT NOT NULL, name TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    PRIMARY KEY (tenant, name))`,
  'CREATE UNIQUE INDEX person_names_subject ON person_names (tenant, issuer, subject)',
  `CREATE TABLE person_sessions (
    tenant TEXT NOT NULL, id TEXT NOT NULL, cookie TEXT UNIQUE, person TEXT NOT NULL,
    issuer TEXT NOT NULL, subject TEXT NOT NULL, provider TEXT NOT NULL, provider_session TEXT,
    session TEXT NOT NULL, begun_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    footing TEXT, seen_at BIGINT NOT NULL, ended_at BIGINT, ended_by TEXT, reason TEXT,
    PRIMARY KEY (tenant, id))`,
  `CREATE INDEX person_sessions_open ON person_sessions (tenant, issuer, subject)
    WHERE ended_at IS NULL`,
  'CREATE INDEX person_sessions_expiry ON person_sessions (expires_at) WHERE ended_at IS NULL',
  'CREATE INDEX person_sessions_ended ON person_sessions (ended_at) WHERE ended_at IS NOT NULL',
  `CREATE TABLE used_logouts (
    tenant TEXT NOT NULL, issuer TEXT NOT NULL, jti TEXT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, jti))`,
  'CREATE INDEX used_logouts_expiry ON used_logouts (expires_at)',
] as const;

/** A person may hold several roles; one of before is a set of one. */
const system12 = [
  `ALTER TABLE people ADD COLUMN roles TEXT NOT NULL DEFAULT '[]'`,
  `UPDATE people SET roles = '["' || role || '"]'`,
  'ALTER TABLE people DROP COLUMN role',
] as const;

/** Who is there, as a directory says it; whose owner is not, and who looked at which agent. */
const system14 = [
  `CREATE TABLE directory_tokens (
    digest TEXT PRIMARY KEY, id TEXT NOT NULL, tenant TEXT NOT NULL, made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT)`,
  'CREATE UNIQUE INDEX directory_tokens_id ON directory_tokens (tenant, id)',
] as const;
const tenant14 = [
  'CREATE TABLE directory_state (tenant TEXT PRIMARY KEY, connected_at BIGINT NOT NULL)',
  `CREATE TABLE directory_users (
    tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, active BIGINT NOT NULL,
    created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, version BIGINT NOT NULL,
    PRIMARY KEY (tenant, id))`,
  `CREATE TABLE directory_names (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, user_id TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, name, user_id))`,
  `CREATE UNIQUE INDEX directory_user_names ON directory_names (tenant, name)
    WHERE kind = 'userName'`,
  'CREATE INDEX directory_names_of ON directory_names (tenant, user_id)',
  `CREATE TABLE directory_groups (
    tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, display_key TEXT NOT NULL,
    external_id TEXT, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL, PRIMARY KEY (tenant, id))`,
  'CREATE INDEX directory_groups_named ON directory_groups (tenant, display_key)',
  `CREATE TABLE directory_members (
    tenant TEXT NOT NULL, group_id TEXT NOT NULL, user_id TEXT NOT NULL,
    PRIMARY KEY (tenant, group_id, user_id))`,
  'CREATE INDEX directory_members_of ON directory_members (tenant, user_id)',
  `CREATE TABLE agent_orphans (
    tenant TEXT NOT NULL, agent TEXT NOT NULL, owner TEXT NOT NULL, since BIGINT NOT NULL,
    PRIMARY KEY (tenant, agent))`,
  `CREATE TABLE agent_reviews (
    tenant TEXT NOT NULL, agent TEXT NOT NULL, reviewed_at BIGINT NOT NULL, reviewed_by TEXT,
    next_at BIGINT, answers BIGINT, told TEXT NOT NULL, PRIMARY KEY (tenant, agent))`,
] as const;

/** Only added to: what was written by a version that ran is never changed. */
export const migrations: readonly Migration[] = [
  { version: 1, system: system1, tenant: tenant1 },
  { version: 2, system: system2, tenant: tenant2 },
  { version: 3, system: system3, tenant: tenant3 },
  { version: 4, system: system4, tenant: [] },
  { version: 5, system: [], tenant: tenant5 },
  { version: 6, system: [], tenant: tenant6 },
  { version: 7, system: system7, tenant: [] },
  { version: 8, system: [], tenant: tenant8 },
  { version: 9, system: [], tenant: tenant9 },
  { version: 10, system: [], tenant: tenant10 },
  { version: 11, system: system11, tenant: [] },
  { version: 12, system: system12, tenant: [] },
  { version: 14, system: system14, tenant: tenant14 },
  { version: 15, system: system15, tenant: [] },
  { version: 16, system: [], tenant: tenant16 },
  { version: 17, system: [], tenant: tenant17 },
  { version: 18, system: system18, tenant: [] },
  { version: 19, system: system19, tenant: [] },
  { version: 20, system: [], tenant: tenant20 },
  { version: 21, system: [], tenant: tenant21 },
  { version: 22, system: [], tenant: tenant22 },
  { version: 23, system: system23, tenant: tenant23 },
  { version: 24, system: [], tenant: tenant24 },
  { version: 25, system: system25, tenant: [] },
  { version: 26, system: [], tenant: tenant26 },
  { version: 27, system: [], tenant: tenant27 },
  { version: 28, system: [], tenant: tenant28 },
  { version: 29, system: [], tenant: tenant29 },
  { version: 30, system: [], tenant: tenant30 },
  { version: 31, system: [], tenant: tenant31 },
  { version: 32, system: [], tenant: tenant32 },
  // What is written is sealed from here on, which an earlier version cannot read.
  { version: 33, system: [], tenant: [] },
];
