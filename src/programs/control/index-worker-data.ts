/** What the thread of the index is given when it begins. */
export interface IndexWorkerData {
  readonly data: string;
  /** By which the logs are signed. */
  readonly publicKey: Uint8Array;
}
