import { recordTo } from '../fake-tool-server/record.ts';
import { startFakeModelProvider } from './index.ts';

/** The fake as a process: prints its address as one line, and ends when it is told to. */
const fake = await startFakeModelProvider({
  key: process.env['FAKE_KEY'] ?? '',
  port: Number(process.argv[2] ?? '0'),
  onRequest: recordTo(process.env['RECORD_FILE']),
});
process.stdout.write(`${fake.url}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void fake.close().then(() => process.exit(0)));
}
