import type { Principal } from '#kernel/principal.ts';
import type { RpcId } from './message.ts';

/** Open calls by instance and request id: only the instance that asked can cancel. */
export interface Cancellations {
  open(by: Principal, id: RpcId, aborter: AbortController): void;
  close(by: Principal, id: RpcId): void;
  cancel(by: Principal, id: RpcId): void;
}

export function createCancellations(): Cancellations {
  const open = new Map<string, AbortController>();
  return {
    open: (by, id, aborter) => void open.set(keyOf(by, id), aborter),
    close: (by, id) => void open.delete(keyOf(by, id)),
    cancel: (by, id) => open.get(keyOf(by, id))?.abort(),
  };
}

function keyOf(by: Principal, id: RpcId): string {
  return `${by.tenant}\n${by.instance}\n${typeof id}\n${id}`;
}
