import { type Client, escapeIdentifier } from 'pg';
import { onlyAddedTo, type systemTables, type tenantTables } from '../sql/migrations.ts';

type Table = (typeof systemTables)[number] | (typeof tenantTables)[number];

interface GatewayRights {
  readonly grants: readonly string[];
  /** What a row may become at a gateway's hand, by statement. */
  readonly insert?: string;
  readonly update?: { readonly from: string; readonly to: string };
}

const none: GatewayRights = { grants: [] };
const read: GatewayRights = { grants: ['SELECT'] };
const overlayNumber = `name = 'overlay'`;
const isLook = `kind = 'tools-seen'`;
const isSaid = `kind IN ('tools-seen', 'user-said')`;
const isReported = `why IN ('quarantine', 'unreconciled', 'already-done')`;

/**
 * The gateway's half of each book, as rights. INVARIANT: nothing here approves, releases, pins,
 * publishes, or shows what people and secrets are. A table that is missing here does not compile.
 */
const gatewayRights: Readonly<Record<Table, GatewayRights>> = {
  approvals: {
    grants: [
      'SELECT',
      `INSERT (tenant, id, handle, state, agent, call_digest, binding, context, requested_at,
        expires_at, epoch)`,
      'UPDATE (state, spent_at, spent_by, used)',
    ],
    insert: `state = 'pending'`,
    update: { from: 'true', to: `state IN ('spent', 'expired', 'void')` },
  },
  leases: { grants: ['SELECT', 'INSERT', 'UPDATE (ended_at, ended_by)'] },
  tasks: read,
  sessions: { grants: ['SELECT (tenant, task, instance, ended_at)'] },
  task_labels: { grants: ['SELECT', 'INSERT'] },
  // What a user said is added to, and nothing of it taken away.
  task_words: { grants: ['SELECT', 'INSERT'] },
  // Taken out by clean work alone; INVARIANT: no gateway holds one, or lets one go that is held but by writing it anew.
  object_labels: {
    grants: [
      'SELECT',
      `INSERT (tenant, kind, name, id, named, labels, origins, task, agent, marked_at, version, open)`,
      'UPDATE (named, labels, origins, marked_at, version, open)',
      'DELETE',
    ],
  },
  outflow: { grants: ['SELECT', 'INSERT', 'UPDATE (row_count, bytes, calls)', 'DELETE'] },
  // Whose labels are one another's; their tokens say as much.
  delegations: {
    grants: ['SELECT (tenant, id, agent, issuer, subject, hops, parent, task)'],
  },
  used_tokens: none,
  session_labels: none,
  reservations: { grants: ['SELECT', 'INSERT', 'DELETE'] },
  usage: { grants: ['SELECT', 'INSERT', 'UPDATE (used)'] },
  catalogue: {
    grants: [
      'SELECT',
      'INSERT (tenant, server, tool, observed, observed_digest, state, judged)',
      'UPDATE (observed, observed_digest, state, judged)',
    ],
  },
  outbox: {
    grants: ['SELECT', 'INSERT', 'UPDATE (body, due_at)'],
    insert: isSaid,
    update: { from: isLook, to: isLook },
  },
  documents: none,
  document_versions: none,
  document_removals: none,
  document_reviews: none,
  secrets: none,
  // Lent to seal under. What was destroyed does not come back by a gateway.
  payload_keys: {
    grants: ['SELECT', 'INSERT'],
    insert: `NOT EXISTS (SELECT 1 FROM destroyed_keys gone
      WHERE gone.tenant = payload_keys.tenant AND gone.handle = payload_keys.handle)`,
  },
  destroyed_keys: read,
  agreements: none,
  repeated_acts: none,
  legal_holds: none,
  oauth_clients: none,
  consents: none,
  oauth_codes: none,
  refresh_families: none,
  refresh_tokens: none,
  meta: {
    grants: ['SELECT', 'INSERT', 'UPDATE (value)'],
    insert: overlayNumber,
    update: { from: overlayNumber, to: overlayNumber },
  },
  tenants: { grants: ['SELECT', 'INSERT'] },
  overlay_entries: {
    grants: ['SELECT', 'INSERT', 'UPDATE (id, set_by, reason, set_at, digest, ref, leaves_at)'],
    insert: isReported,
    update: { from: isReported, to: isReported },
  },
  serving: { grants: ['SELECT', 'INSERT', 'DELETE'] },
  reconciled_effects: read,
  published: read,
  setup_links: none,
  people: none,
  bootstraps: none,
  api_tokens: none,
  elevations: none,
  passkeys: none,
  join_tokens: none,
  instances: none,
  assertions: none,
  unbound_tokens: none,
  sign_in_attempts: none,
  person_names: none,
  person_sessions: none,
  used_logouts: none,
  directory_tokens: none,
  directory_state: none,
  directory_users: none,
  directory_names: none,
  directory_groups: none,
  directory_members: none,
  agent_orphans: none,
  agent_reviews: none,
  system_outbox: none,
};

/** What `control` may do: everything with rows, but what is only added to it only adds to. */
export async function grantToControl(client: Client, runtimeRole: string): Promise<void> {
  const role = escapeIdentifier(runtimeRole);
  for (const table of Object.keys(gatewayRights)) {
    await client.query(`REVOKE ALL ON ${table} FROM PUBLIC, ${role}`);
    const rights = onlyAddedTo.includes(table)
      ? 'SELECT, INSERT'
      : 'SELECT, INSERT, UPDATE, DELETE';
    await client.query(`GRANT ${rights} ON ${table} TO ${role}`);
  }
}

export async function grantToGateways(client: Client, gatewayRole: string): Promise<void> {
  const role = escapeIdentifier(gatewayRole);
  for (const [table, rights] of Object.entries(gatewayRights)) {
    await client.query(`REVOKE ALL ON ${table} FROM ${role}`);
    for (const right of rights.grants) await client.query(`GRANT ${right} ON ${table} TO ${role}`);
    await restrict(client, table, role, rights);
  }
}

/** Restrictive policies: they hold on top of the one that keeps tenants apart. */
async function restrict(
  client: Client,
  table: string,
  role: string,
  rights: GatewayRights,
): Promise<void> {
  const policies = {
    insert: rights.insert && `FOR INSERT TO ${role} WITH CHECK (${rights.insert})`,
    update:
      rights.update &&
      `FOR UPDATE TO ${role} USING (${rights.update.from}) WITH CHECK (${rights.update.to})`,
  };
  for (const [act, policy] of Object.entries(policies)) {
    await client.query(`DROP POLICY IF EXISTS gateway_${act} ON ${table}`);
    if (policy === undefined) continue;
    await client.query(`CREATE POLICY gateway_${act} ON ${table} AS RESTRICTIVE ${policy}`);
  }
}

/** Overlay numbers and epochs only grow, whoever writes them. */
export async function guardNumbers(client: Client): Promise<void> {
  await client.query(
    `CREATE OR REPLACE FUNCTION numbers_grow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.name IN ('overlay', 'epoch')
          AND CAST(NEW.value AS BIGINT) <= CAST(OLD.value AS BIGINT) THEN
          RAISE EXCEPTION 'a number of the store only grows' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
      END $$`,
  );
  await client.query('DROP TRIGGER IF EXISTS numbers_grow ON meta');
  await client.query(
    `CREATE TRIGGER numbers_grow BEFORE UPDATE ON meta
      FOR EACH ROW EXECUTE FUNCTION numbers_grow()`,
  );
}
