import { DatabaseSync } from 'node:sqlite';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { estateVersion, found, problem } from './answer.ts';

/** What customers write to Harbour & Lane, and what the service desk notes about it. */
const [file = ''] = process.argv.slice(2);
const db = new DatabaseSync(file);
db.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;');
const number = z.int().min(1).max(999_999).describe('Ticket number');
const one = db.prepare('SELECT * FROM tickets WHERE number = ?');
const notes = db.prepare('SELECT at, note FROM notes WHERE ticket = ? ORDER BY id');
const list = db.prepare(
  'SELECT number, opened, state, subject FROM tickets WHERE ?1 IS NULL OR state = ?1 ORDER BY number',
);
const addNote = db.prepare('INSERT INTO notes (ticket, at, note) VALUES (?, ?, ?)');

serveStdio(() => {
  const server = new McpServer({ name: 'harbour-lane-tickets', version: estateVersion });
  server.registerTool(
    'get_ticket',
    {
      description: 'Shows one ticket with its text, as the customer wrote it, and its notes.',
      inputSchema: z.object({ ticket: number }),
      annotations: { readOnlyHint: true },
    },
    ({ ticket }) => {
      const known = one.get(ticket);
      if (known === undefined) return problem(`there is no ticket ${ticket}`);
      return found({ ...known, notes: notes.all(ticket) });
    },
  );
  server.registerTool(
    'list_tickets',
    {
      description: 'Lists tickets by their subjects.',
      inputSchema: z.object({ state: z.enum(['open', 'waiting', 'closed']).optional() }),
      annotations: { readOnlyHint: true },
    },
    ({ state }) => found(list.all(state ?? null)),
  );
  server.registerTool(
    'add_note',
    {
      description: 'Adds a note for colleagues to a ticket.',
      inputSchema: z.object({ ticket: number, note: z.string().min(1).max(2_000) }),
      annotations: { destructiveHint: false },
    },
    ({ ticket, note }) => {
      if (one.get(ticket) === undefined) return problem(`there is no ticket ${ticket}`);
      const { lastInsertRowid } = addNote.run(ticket, new Date().toISOString(), note);
      return found({ ticket, note: Number(lastInsertRowid) });
    },
  );
  return server;
});
