import { openJournal } from './index.ts';

/** Test program: writes one record, says so, and goes on living; deaf to the wish to end if told to be. */
const [folder = '', text = '', manners = 'polite'] = process.argv.slice(2);
const journal = await openJournal({ folder, segmentBytes: 64 * 1024 });
if (manners === 'deaf') process.on('SIGTERM', () => undefined);
await journal.append([
  { kind: 'leaf', tenant: 'main', retention: 'standard', bytes: Buffer.from(text) },
]);
process.stdout.write('written\n');
setInterval(() => undefined, 1_000);
