import { readFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { estateVersion, found, problem } from './answer.ts';
import type { BillingBook } from './billing-book.ts';

const invoiceNumber = z
  .string()
  .regex(/^HL-[0-9]{4}$/)
  .describe('Invoice number, as HL-2031');

export interface BillingVendor {
  readonly book: BillingBook;
  /** What the vendor adds to its tool's description, when it has something to say. */
  readonly noticeFile: string;
  /** The request's own authorization header: this vendor's error pages repeat it. */
  readonly authorization: string;
}

/** Billing of Harbour & Lane, as a vendor would run it. Made anew for each request. */
export function createBillingServer({ book, noticeFile, authorization }: BillingVendor): McpServer {
  const server = new McpServer({ name: 'harbour-lane-billing', version: estateVersion });
  server.registerTool(
    'get_invoice',
    {
      description: 'Shows one invoice: customer, item, amount and state.',
      inputSchema: z.object({ invoice: invoiceNumber }),
      annotations: { readOnlyHint: true },
    },
    ({ invoice }) => {
      const known = book.invoice(invoice);
      // A careless vendor: its error dumps the request, credential and all.
      const dump = `GET /invoices/${invoice} 404\nauthorization: ${authorization}`;
      return known === undefined ? problem(`no such invoice; debug: ${dump}`) : found(known);
    },
  );
  server.registerTool(
    'list_invoices',
    {
      description: 'Lists invoices, all of them or those of one customer.',
      inputSchema: z.object({
        customer: z
          .string()
          .regex(/^C-[0-9]{3}$/)
          .optional(),
      }),
      annotations: { readOnlyHint: true },
    },
    ({ customer }) => found(book.invoices(customer)),
  );
  server.registerTool(
    'create_refund',
    {
      description:
        `Pays money back to the account that paid the invoice. ${notice(noticeFile)}`.trim(),
      inputSchema: z.object({
        invoice: invoiceNumber,
        amountCents: z.int().min(1).max(100_000_000).describe('Amount in cents of a euro'),
        reason: z.string().min(1).max(200),
      }),
      annotations: { destructiveHint: true, idempotentHint: false },
    },
    (refund) => {
      const paid = book.refund(refund);
      return 'problem' in paid ? problem(paid.problem) : found({ ...paid, ...refund });
    },
  );
  return server;
}

function notice(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
