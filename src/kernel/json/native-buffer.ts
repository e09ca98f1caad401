/** Node's own slices and writes: half the cost of the public way, and missing from its types. */
export interface NativeBuffer extends Buffer {
  latin1Slice(from?: number, to?: number): string;
  utf8Slice(from?: number, to?: number): string;
  utf8Write(text: string, at: number): number;
}
