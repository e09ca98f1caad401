import { canonicalText } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { otlpTraces } from './otlp.ts';
import { spansOf } from './spans-of.ts';

/**
 * Writes records as a request for a collector; undefined where there is no span of them. INVARIANT: what a caller
 * does not keep is left out unless all is wanted: its parents are nowhere, so it would be an orphan there.
 */
export function traceRequest(
  records: readonly { readonly record: RecordEnvelope }[],
  { unsampled }: { readonly unsampled: boolean },
): string | undefined {
  const spans = records
    .flatMap(({ record }) => spansOf(record))
    .filter(({ isSampled }) => unsampled || isSampled);
  return spans.length === 0 ? undefined : canonicalText(otlpTraces(spans));
}
