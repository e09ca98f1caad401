import { writeSync } from 'node:fs';
import { openJournal } from './index.ts';

/**
 * Test program: appends under load for ever and tells its parent, over descriptor 3, the number of
 * every append that was acknowledged. The parent kills it at a random moment.
 */
const [folder = '', first = '0'] = process.argv.slice(2);
const journal = await openJournal({ folder, segmentBytes: 256 * 1024 });
let next = Number(first);

async function caller(): Promise<never> {
  for (;;) {
    const id = next;
    next += 1;
    const body = Buffer.from(`${id}:${'x'.repeat((id * 131) % 1500)}`, 'utf8');
    const frame = { kind: 'leaf', tenant: 'main', retention: 'standard', bytes: body } as const;
    await journal.append([frame, { ...frame, kind: 'payload' }]);
    writeSync(3, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, caller));
