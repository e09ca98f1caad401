import {
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  noteUnapplied,
} from '#contracts/desk.ts';
import type { SecretDesk, Vault } from './door.ts';

export interface SecretDeskParts {
  /** Records what goes in before it is kept. */
  readonly vault: Vault;
  readonly recorder: DeskRecorder;
  /** Makes the next configuration, which gateways lend from. */
  readonly recompile: () => Promise<unknown>;
}

export function createSecretDesk(parts: SecretDeskParts): SecretDesk {
  const { vault, recorder, recompile } = parts;
  return {
    async list(act) {
      checkRight(act, 'admin');
      return vault.list(act.by.tenant);
    },
    async put(act) {
      const { by, name, value, reason } = act;
      checkRight(act, 'admin');
      if (reason !== undefined) checkReason({ reason });
      const deposit = { tenant: by.tenant, name, value, by: by.name, reason };
      const { version } = await vault.put(deposit);
      try {
        await recompile();
      } catch (fault) {
        const draft = actDraft('credential.stored', act, { secret: name, version });
        await noteUnapplied(recorder, draft, fault);
        throw fault;
      }
      return { name, version };
    },
  };
}
