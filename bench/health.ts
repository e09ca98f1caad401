import type { Instance } from '../test/e2e/instance.ts';

export interface Health {
  /** The Snapshot that is in force there. */
  readonly configuration?: number;
  readonly loopDelayP99Us?: number;
  readonly loopDelayMaxUs?: number;
}

/** What each gateway says of itself. */
export async function everyHealth({ admin }: Instance): Promise<readonly Health[]> {
  const status: Record<string, unknown> = await admin.request('GET', '/v1/status');
  return status['gatewayHealth'] as readonly Health[];
}
