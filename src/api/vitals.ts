import { canonicalText } from '#kernel/json/index.ts';
import type { Vitals } from './parts.ts';

/** One answer to whoever watches; it needs no credential, because it names nobody. */
export interface Vital {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = 'application/json';

export const vitalHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * `/healthz`: this program answers. `/readyz`: calls are served, else 503 with what is red.
 * `/metrics`: how much, for Prometheus. Undefined for any other place.
 */
export async function vitalAt(vitals: Vitals, path: string): Promise<Vital | undefined> {
  switch (path) {
    case '/healthz':
      return { status: 200, type: json, body: canonicalText({ alive: true }) };
    case '/readyz': {
      const red = [...vitals.notServing()];
      const body = canonicalText({ ready: red.length === 0, red });
      return { status: red.length === 0 ? 200 : 503, type: json, body };
    }
    case '/metrics': {
      const body = await vitals.metrics();
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
    }
    default:
      return undefined;
  }
}
