import { createHash, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { estateVersion, found, problem } from './answer.ts';

/** Customers of Harbour & Lane: personal data, opened with a token from the environment. */
const [file = ''] = process.argv.slice(2);
const token = process.env['CRM_TOKEN'] ?? '';
const db = new DatabaseSync(file, { readOnly: true });
if (!opens(token)) {
  process.stderr.write('crm: CRM_TOKEN is missing or wrong\n');
  process.exit(1);
}
const one = db.prepare('SELECT * FROM customers WHERE id = ?');
const search = db.prepare(
  `SELECT id, name, city, vessel FROM customers
   WHERE instr(lower(name || ' ' || city || ' ' || vessel), lower(?)) > 0 ORDER BY id LIMIT 20`,
);

serveStdio(() => {
  const server = new McpServer({ name: 'harbour-lane-crm', version: estateVersion });
  server.registerTool(
    'get_customer',
    {
      description: 'Shows one customer: name, address of mail, telephone, vessel.',
      inputSchema: z.object({ customer: z.string().regex(/^C-[0-9]{3}$/) }),
      annotations: { readOnlyHint: true },
    },
    ({ customer }) => {
      const known = one.get(customer);
      // A careless server: it tells how it is connected when it finds nothing.
      return known === undefined
        ? problem(`no customer ${customer} at crm://service:${token}@localhost/customers`)
        : found(known);
    },
  );
  server.registerTool(
    'search_customers',
    {
      description: 'Finds customers by a part of their name, city or vessel.',
      inputSchema: z.object({ text: z.string().min(2).max(100) }),
      annotations: { readOnlyHint: true },
    },
    ({ text }) => found(search.all(text)),
  );
  return server;
});

function opens(given: string): boolean {
  const kept = db.prepare("SELECT value FROM settings WHERE name = 'token-sha256'").get();
  const wanted = Buffer.from(String(kept?.['value'] ?? ''), 'hex');
  const digest = createHash('sha256').update(given).digest();
  return digest.length === wanted.length && timingSafeEqual(digest, wanted);
}
