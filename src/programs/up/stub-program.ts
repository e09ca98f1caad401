import type { ProgramMessage } from '../settings.ts';

/** Ready at once, and ends cleanly when it is told to: what a program looks like to its supervisor. */
process.once('message', () => {
  const ready: ProgramMessage = { event: 'ready', urls: {} };
  process.send?.(ready);
});
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
