/**
 * One round of steps at a time. INVARIANT: what fails in one step keeps no other from its turn; whoever asks
 * while a round goes on waits for nothing and begins nothing.
 */
export function createRounds(
  steps: Readonly<Record<string, () => Promise<unknown>>>,
  onFault: (what: string, fault: unknown) => void,
): () => Promise<void> {
  let isRunning = false;
  return async () => {
    if (isRunning) return;
    isRunning = true;
    for (const [what, step] of Object.entries(steps)) {
      try {
        await step();
      } catch (fault) {
        onFault(what, fault);
      }
    }
    isRunning = false;
  };
}
