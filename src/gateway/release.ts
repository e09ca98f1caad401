/**
 * Hands one window of an answer to whoever asked. Resolves when it was taken, so that nothing piles
 * up here; rejects when nobody takes it any more.
 */
export type Release = (bytes: Buffer) => Promise<void>;
