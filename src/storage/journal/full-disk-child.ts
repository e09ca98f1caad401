import { setTimeout as sleep } from 'node:timers/promises';
import { fillDisk } from '../../../test/e2e/fill-disk.ts';
import { openJournal, openJournalReader } from './index.ts';

/** Test program: a writer on a disk that is full for a while; it tells what happened as JSON. */
const [folder = ''] = process.argv.slice(2);
const journalFolder = `${folder}/journal`;
const sizes = { segmentBytes: 1024 * 1024, reserveBytes: 128 * 1024 };
const journal = await openJournal({ folder: journalFolder, ...sizes });
const acknowledged: string[] = [];

async function append(text: string, reserved = false): Promise<string> {
  const bytes = Buffer.from(text.padEnd(reserved ? 500 : 4_000, '.'));
  const frame = { kind: 'leaf', tenant: 'main', retention: 'standard', bytes } as const;
  try {
    await journal.append([frame], { reserved });
    acknowledged.push(text);
    return 'taken';
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  }
}

/** Until so many are refused one after the other: what the disk still had is used up. */
async function appendUntilRefused(): Promise<string> {
  for (let number = 0; ; number += 1) {
    const answer = await append(`record ${number}`);
    if (answer !== 'taken') return answer;
  }
}

await append('first');
const makeRoom = fillDisk(folder);
const refusedWith = await appendUntilRefused();
const healthyWhileFull = journal.healthy;
const stops = [await append('stop 1', true), await append('stop 2', true)];
const ordinary = await append('ordinary');
makeRoom();
await sleep(1_100);
const afterwards = [await append('room again'), await append('and again')];
const healthyAfterwards = journal.healthy;
await journal.close();
const found = openJournalReader({ folder: journalFolder })
  .read(undefined, 1_000_000)
  .map(({ bytes }) => Buffer.from(bytes).toString().replace(/\.+$/, ''));
process.stdout.write(
  JSON.stringify({
    refusedWith,
    healthyWhileFull,
    stops,
    ordinary,
    afterwards,
    healthyAfterwards,
    acknowledged: acknowledged.length,
    everyOneFound: JSON.stringify(found) === JSON.stringify(acknowledged),
  }),
);
