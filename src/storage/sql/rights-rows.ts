import type { RightsRow, RightsRows } from '#contracts/rights-rows.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { rolesOf } from '#kernel/principal.ts';
import {
  number,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlValue,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';

/** How rows of one kind are read, put in place, and taken out. */
interface Kind {
  readonly all: string;
  readonly row: (row: SqlRow) => Omit<RightsRow, 'what'>;
  /** By tenant, person and id. */
  readonly drop: string;
  /** Of the columns below, in their order: what stands where only one may, and is none of ours. */
  readonly clear: string;
  readonly insert: string;
  readonly columns: (row: RightsRow) => readonly SqlValue[];
}

const people: Kind = {
  all: 'SELECT * FROM people',
  row: (row) => ({
    tenant: text(row, 'tenant'),
    person: text(row, 'name'),
    id: text(row, 'name'),
    body: {
      roles: rolesIn(row, 'roles'),
      eligible: rolesIn(row, 'eligible'),
      credential: text(row, 'credential'),
      createdAt: number(row, 'created_at'),
    },
  }),
  drop: 'DELETE FROM people WHERE tenant = $1 AND name = $2 AND name = $3',
  clear: 'DELETE FROM people WHERE (tenant = $1 AND name = $2) OR credential = $3',
  insert: `INSERT INTO people (tenant, name, credential, roles, eligible, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)`,
  columns: ({ tenant, id, body }) => [
    tenant,
    id,
    of(body, 'credential'),
    list(body, 'roles'),
    list(body, 'eligible'),
    of(body, 'createdAt'),
  ],
};

const elevations: Kind = {
  all: 'SELECT * FROM elevations WHERE until > $1',
  row: (row) => ({
    tenant: text(row, 'tenant'),
    person: text(row, 'person'),
    id: `${text(row, 'role')} ${text(row, 'person')}`,
    body: {
      role: text(row, 'role'),
      reason: text(row, 'reason'),
      at: number(row, 'begun_at'),
      until: number(row, 'until'),
    },
  }),
  drop: `DELETE FROM elevations WHERE tenant = $1 AND person = $2 AND role || ' ' || person = $3`,
  clear: 'DELETE FROM elevations WHERE tenant = $1 AND person = $2 AND role = $3',
  insert: `INSERT INTO elevations (tenant, person, role, reason, begun_at, until)
    VALUES ($1, $2, $3, $4, $5, $6)`,
  columns: ({ tenant, person, body }) => [
    tenant,
    person,
    of(body, 'role'),
    of(body, 'reason'),
    of(body, 'at'),
    of(body, 'until'),
  ],
};

const passkeys: Kind = {
  all: 'SELECT * FROM passkeys',
  row: (row) => ({
    tenant: text(row, 'tenant'),
    person: text(row, 'person'),
    id: text(row, 'credential'),
    body: {
      name: text(row, 'name'),
      publicKey: text(row, 'public_key'),
      transports: fromColumn(text(row, 'transports')) as Json,
      createdAt: number(row, 'created_at'),
    },
  }),
  drop: 'DELETE FROM passkeys WHERE tenant = $1 AND person = $2 AND credential = $3',
  clear: 'DELETE FROM passkeys WHERE credential = $1',
  // How often it signed is not known any more: the next use says it anew.
  insert: `INSERT INTO passkeys (credential, tenant, person, name, public_key, transports, created_at, counter)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
  columns: ({ tenant, person, id, body }) => [
    id,
    tenant,
    person,
    of(body, 'name'),
    of(body, 'publicKey'),
    list(body, 'transports'),
    of(body, 'createdAt'),
  ],
};

const tokens: Kind = {
  all: 'SELECT * FROM api_tokens WHERE expires_at > $1',
  row: (row) => ({
    tenant: text(row, 'tenant'),
    person: text(row, 'person'),
    id: text(row, 'id'),
    body: {
      name: text(row, 'name'),
      roles: rolesIn(row, 'roles'),
      digest: text(row, 'digest'),
      session: optionalText(row, 'session') ?? null,
      attended: number(row, 'attended') === 1,
      createdAt: number(row, 'created_at'),
      expiresAt: number(row, 'expires_at'),
    },
  }),
  drop: 'DELETE FROM api_tokens WHERE tenant = $1 AND person = $2 AND id = $3',
  clear: `DELETE FROM api_tokens WHERE (tenant = $1 AND (id = $2 OR (person = $3 AND name = $4)))
    OR digest = $5`,
  insert: `INSERT INTO api_tokens (tenant, id, person, name, digest, roles, session, attended, created_at,
    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
  columns: ({ tenant, person, id, body }) => [
    tenant,
    id,
    person,
    of(body, 'name'),
    of(body, 'digest'),
    list(body, 'roles'),
    of(body, 'session'),
    body['attended'] === true ? 1 : 0,
    of(body, 'createdAt'),
    of(body, 'expiresAt'),
  ],
};

const kinds: Readonly<Record<RightsRow['what'], Kind>> = {
  person: people,
  elevation: elevations,
  passkey: passkeys,
  token: tokens,
};

export function createRightsRows(database: SqlDatabase): RightsRows {
  return {
    all: (now) =>
      database.system(async (tx) => {
        const found: RightsRow[] = [];
        for (const [what, kind] of Object.entries(kinds)) {
          const rows = await tx.all(kind.all, valuesOf(kind.all, [now]));
          found.push(...rows.map((row) => ({ what: what as RightsRow['what'], ...kind.row(row) })));
        }
        return found;
      }),
    replace: ({ drop, put }) =>
      database.system(async (tx) => {
        for (const { what, tenant, person, id } of drop) {
          await tx.run(kinds[what].drop, [tenant, person, id]);
        }
        for (const row of put) {
          const { clear, insert, columns } = kinds[row.what];
          const values = columns(row);
          await tx.run(clear, valuesOf(clear, values));
          await tx.run(insert, values);
        }
      }),
  };
}

/** As many as the statement has places. */
function valuesOf(sql: string, values: readonly SqlValue[]): readonly SqlValue[] {
  return values.filter((_, at) => sql.includes(`$${at + 1}`));
}

function rolesIn(row: SqlRow, column: string): Json[] {
  return [...rolesOf(fromColumn(text(row, column)) as readonly unknown[])];
}

function of(body: JsonObject, field: string): SqlValue {
  const value = body[field];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function list(body: JsonObject, field: string): string {
  const value = body[field];
  return toColumn(Array.isArray(value) ? [...(value as readonly Json[])] : []);
}
