/** Sends forms to authorization servers elsewhere. INVARIANT: it follows no redirect, and reads no more than `limits.tokenAnswerBytes`. */
export interface FormPoster {
  /** Rejects when there is no answer that can be read whole; what the answer says is not judged. */
  post(ask: {
    readonly url: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }): Promise<{ readonly status: number; readonly body: Uint8Array }>;
}
