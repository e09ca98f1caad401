import type { BulkBound, BulkFacts } from '#kernel/decision.ts';

/** How much goes, and how much goes unasked; nothing where no bound is passed. */
export function bulkSentence({ rows, bytes, within, most, over, labels }: BulkFacts): string {
  if (over.length === 0) return '';
  const hours = Math.round(most.window.ms / 3_600_000);
  const together = `with it go within ${hours} h`;
  const said: Readonly<Record<BulkBound, string>> = {
    rows: `it carries ${counted(rows)} rows, and ${counted(most.call.rows)} go unasked`,
    bytes: `it carries ${counted(bytes)} bytes, and ${counted(most.call.bytes)} go unasked`,
    'window-rows': `${together} ${counted(within.rows)} rows, and ${counted(most.window.rows)} go unasked`,
    'window-bytes': `${together} ${counted(within.bytes)} bytes, and ${counted(most.window.bytes)} go unasked`,
    'window-calls': `${together} ${counted(within.calls)} calls, and ${counted(most.window.calls)} go unasked`,
  };
  const carried =
    labels.length === 0 ? '' : `; the task carries ${labels.map(plainLabel).join(', ')}`;
  return `${over.map((bound) => said[bound]).join('; ')}${carried}`;
}

function counted(amount: number): string {
  return amount.toLocaleString('en-US');
}

function plainLabel(label: string): string {
  return label.replace(/^confidentiality:/, '');
}
