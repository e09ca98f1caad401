import { join } from 'node:path';
import { systemClock } from '#kernel/time.ts';
import { openSqliteStore } from '../sqlite/index.ts';
import { serveStatePort } from './index.ts';

/** A control that can be frozen and killed. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder is missing');
const store = await openSqliteStore({ folder, clock: systemClock });
await serveStatePort({ path: join(folder, 'run', 'state.sock'), store });
process.send?.('serving');
