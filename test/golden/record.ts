/** Made the file of the old path, once: `node test/golden/record.ts`. See the README of the tests. */
import { makeCalls, writeGolden } from './golden-file.ts';

writeGolden(await makeCalls());
