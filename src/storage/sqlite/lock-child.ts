import { lockFolder } from './lock.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder is missing');
lockFolder(folder);
process.send?.('locked');
setInterval(() => undefined, 1_000);
