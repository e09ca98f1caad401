/** Clients that registered themselves, what users agreed to, and what clients fetch tokens with. */
export const tenant16 = [
  `CREATE TABLE oauth_clients (
    tenant TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL, source TEXT NOT NULL, registered_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL, PRIMARY KEY (tenant, id))`,
  'CREATE INDEX oauth_clients_document ON oauth_clients (tenant, document)',
  'CREATE INDEX oauth_clients_used ON oauth_clients (tenant, used_at)',
  `CREATE TABLE consents (
    tenant TEXT NOT NULL, id TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    person TEXT NOT NULL, client TEXT NOT NULL, client_name TEXT NOT NULL, document TEXT NOT NULL,
    agent TEXT NOT NULL, effects TEXT NOT NULL, given_at BIGINT NOT NULL, until_at BIGINT NOT NULL,
    ended_at BIGINT, ended_by TEXT, reason TEXT, PRIMARY KEY (tenant, id))`,
  'CREATE INDEX consents_user ON consents (tenant, issuer, subject, given_at)',
  'CREATE INDEX consents_given ON consents (tenant, given_at)',
  `CREATE TABLE oauth_codes (
    tenant TEXT NOT NULL, digest TEXT NOT NULL, code TEXT NOT NULL, expires_at BIGINT NOT NULL,
    spent_at BIGINT, replayed_at BIGINT, delegation TEXT, PRIMARY KEY (tenant, digest))`,
  'CREATE INDEX oauth_codes_expiry ON oauth_codes (tenant, expires_at)',
  `CREATE TABLE refresh_families (
    tenant TEXT NOT NULL, delegation TEXT NOT NULL, client TEXT NOT NULL, thumbprint TEXT,
    turn BIGINT NOT NULL, turned_at BIGINT, until_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, delegation))`,
  'CREATE INDEX refresh_families_until ON refresh_families (tenant, until_at)',
  `CREATE TABLE refresh_tokens (
    tenant TEXT NOT NULL, digest TEXT NOT NULL, delegation TEXT NOT NULL, turn BIGINT NOT NULL,
    PRIMARY KEY (tenant, digest))`,
  'CREATE INDEX refresh_tokens_of ON refresh_tokens (tenant, delegation)',
] as const;

/** Who acts for the same user through the same agent: asked at each begin, and at each label that is raised. */
export const tenant17 = [
  `CREATE INDEX delegations_alike
    ON delegations (tenant, agent, COALESCE(issuer, ''), COALESCE(subject, ''))`,
  'CREATE INDEX delegations_task ON delegations (tenant, task)',
] as const;

/** Command lines that somebody agreed to in their browser. */
export const system18 = [
  'ALTER TABLE api_tokens ADD COLUMN attended BIGINT NOT NULL DEFAULT 0',
] as const;

/** Whoever floods with begun sign-ins pushes out their own. */
export const system19 = [
  `ALTER TABLE sign_in_attempts ADD COLUMN source TEXT NOT NULL DEFAULT ''`,
  'CREATE INDEX sign_in_attempts_source ON sign_in_attempts (source, begun_at)',
] as const;

/** Ended by whoever contains, which sheds nothing. */
export const tenant20 = [
  'ALTER TABLE delegations ADD COLUMN keeps_labels BIGINT NOT NULL DEFAULT 0',
] as const;

/** What bodies of one subject are sealed under; the log names the handle alone. */
export const tenant21 = [
  `CREATE TABLE payload_keys (
    tenant TEXT NOT NULL, subject TEXT NOT NULL, handle TEXT NOT NULL, wrapped_key TEXT NOT NULL,
    made_at BIGINT NOT NULL, PRIMARY KEY (tenant, subject))`,
  'CREATE UNIQUE INDEX payload_keys_handle ON payload_keys (tenant, handle)',
] as const;

/**
 * Keys that are gone, by handle and in the order in which they went: it says so again to a store that was
 * put back, and to whoever keeps keys in memory. Holds forbid it; two people agree on what one may not do.
 */
export const tenant22 = [
  `CREATE TABLE destroyed_keys (
    tenant TEXT NOT NULL, number BIGINT NOT NULL, handle TEXT NOT NULL, record TEXT NOT NULL,
    at BIGINT NOT NULL, PRIMARY KEY (tenant, number))`,
  'CREATE UNIQUE INDEX destroyed_keys_handle ON destroyed_keys (tenant, handle)',
  `CREATE TABLE agreements (
    tenant TEXT NOT NULL, id TEXT NOT NULL, act TEXT NOT NULL, asked_by TEXT NOT NULL,
    reason TEXT NOT NULL, asked_at BIGINT NOT NULL, until_at BIGINT NOT NULL,
    agreed_by TEXT, agreed_at BIGINT, PRIMARY KEY (tenant, id))`,
  `CREATE TABLE legal_holds (
    tenant TEXT NOT NULL, id TEXT NOT NULL, subject TEXT, handle TEXT, from_at BIGINT,
    matter TEXT NOT NULL, asked_by TEXT NOT NULL, asked_at BIGINT NOT NULL, lapses_at BIGINT,
    held_by TEXT, held_at BIGINT, released_by TEXT, released_at BIGINT, PRIMARY KEY (tenant, id))`,
  'CREATE INDEX legal_holds_open ON legal_holds (tenant, asked_at) WHERE released_at IS NULL',
] as const;

/** Why a document became what it is, and that it went; changes that wait for somebody else. */
export const tenant23 = [
  'ALTER TABLE document_versions ADD COLUMN reason TEXT',
  `CREATE TABLE document_removals (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL,
    removed_at BIGINT NOT NULL, removed_by TEXT NOT NULL, reason TEXT,
    PRIMARY KEY (tenant, kind, name, version))`,
  `CREATE TABLE document_reviews (
    tenant TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, steps TEXT NOT NULL,
    asked_by TEXT NOT NULL, reason TEXT NOT NULL, asked_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL, state TEXT NOT NULL, decided_by TEXT, decided_at BIGINT, why TEXT,
    PRIMARY KEY (tenant, id))`,
  'CREATE INDEX document_reviews_asked ON document_reviews (tenant, asked_at)',
] as const;

/** While one person is alone: begun once, and over for good. */
export const system23 = [
  `CREATE TABLE bootstraps (
    tenant TEXT PRIMARY KEY, begun_at BIGINT NOT NULL, until_at BIGINT NOT NULL, ended_at BIGINT)`,
] as const;

/** What was edited in the store since it was asked for is told from what was asked for; of earlier ones nothing is. */
export const tenant24 = [
  `ALTER TABLE document_reviews ADD COLUMN seal TEXT NOT NULL DEFAULT ''`,
] as const;

/** Who said yes, each sealed: where documents ask for several, and where one is enough. And what was asked about before. */
export const tenant27 = [
  `ALTER TABLE approvals ADD COLUMN yeses TEXT NOT NULL DEFAULT '[]'`,
] as const;

/** Who said no to which definition of a tool, and why: it stays shut, and lists say so. */
export const tenant28 = [
  'ALTER TABLE catalogue ADD COLUMN rejected TEXT',
  'ALTER TABLE catalogue ADD COLUMN rejected_digest TEXT',
] as const;

/** Whether work came out of a task is asked whenever one is read again from the log. */
export const tenant29 = ['CREATE INDEX delegations_root ON delegations (tenant, root)'] as const;

/** Acts that are done once by a key, however often they are asked for. */
export const tenant30 = [
  `CREATE TABLE repeated_acts (
    tenant TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, request TEXT NOT NULL,
    begun_at BIGINT NOT NULL, until_at BIGINT NOT NULL, done_at BIGINT, answer TEXT,
    PRIMARY KEY (tenant, person, name))`,
  'CREATE INDEX repeated_acts_until ON repeated_acts (tenant, until_at)',
] as const;

/** What a task wrote carries what the task carried, by the thing that it wrote. */
export const tenant31 = [
  `CREATE TABLE object_labels (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, named TEXT NOT NULL,
    labels TEXT NOT NULL, origins TEXT NOT NULL, task TEXT NOT NULL, agent TEXT NOT NULL,
    marked_at BIGINT NOT NULL, version BIGINT NOT NULL, open BIGINT NOT NULL,
    held_by TEXT, held_reason TEXT, held_at BIGINT, PRIMARY KEY (tenant, kind, name))`,
  'CREATE INDEX object_labels_id ON object_labels (tenant, id)',
] as const;

/** How much of what leaves within a window, by digest of who and where to. */
export const tenant32 = [
  `CREATE TABLE outflow (
    tenant TEXT NOT NULL, name TEXT NOT NULL, slot BIGINT NOT NULL, row_count BIGINT NOT NULL,
    bytes BIGINT NOT NULL, calls BIGINT NOT NULL, PRIMARY KEY (tenant, name, slot))`,
  'CREATE INDEX outflow_slot ON outflow (tenant, slot)',
] as const;

/** Sign-ins are told from what somebody wrote by their seal: whoever is signed in signs in once more. */
export const system25 = [
  'ALTER TABLE person_sessions ADD COLUMN seal TEXT',
  `UPDATE person_sessions SET seal = 'of an earlier version'`,
] as const;

/** What users said in a task after it had begun, in the order in which they said it; and out of which task work came. */
export const tenant26 = [
  `CREATE TABLE task_words (
    tenant TEXT NOT NULL, task TEXT NOT NULL, number BIGINT NOT NULL, statement TEXT,
    of_task TEXT, said TEXT NOT NULL, said_at BIGINT NOT NULL, PRIMARY KEY (tenant, task, number))`,
  'CREATE UNIQUE INDEX task_words_statement ON task_words (tenant, statement)',
  'ALTER TABLE delegations ADD COLUMN root TEXT',
] as const;

/** Beside the credentials of people: tokens of their programs, roles for a time, and keys of their browsers. */
export const system15 = [
  `ALTER TABLE people ADD COLUMN eligible TEXT NOT NULL DEFAULT '[]'`,
  `CREATE TABLE api_tokens (
    tenant TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
    roles TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, session TEXT, created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, used_at BIGINT, PRIMARY KEY (tenant, id))`,
  'CREATE UNIQUE INDEX api_tokens_name ON api_tokens (tenant, person, name)',
  `CREATE TABLE elevations (
    tenant TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL,
    begun_at BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (tenant, person, role))`,
  `CREATE TABLE passkeys (
    credential TEXT PRIMARY KEY, tenant TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
    public_key TEXT NOT NULL, counter BIGINT NOT NULL, transports TEXT NOT NULL,
    created_at BIGINT NOT NULL, used_at BIGINT)`,
  'CREATE INDEX passkeys_person ON passkeys (tenant, person, created_at)',
] as const;
