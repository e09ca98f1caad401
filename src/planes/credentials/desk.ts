import {
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  noteUnapplied,
} from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { SecretDesk, Vault } from './door.ts';

export interface SecretDeskParts {
  /** Records what goes in before it is kept. */
  readonly vault: Vault;
  readonly recorder: DeskRecorder;
  /** Documents that name it, in force or not: `ToolServer billing`. */
  readonly namedBy: (tenant: string, secret: string) => Promise<readonly string[]>;
  /** Makes the next configuration, which gateways lend from. */
  readonly recompile: () => Promise<unknown>;
}

export function createSecretDesk(parts: SecretDeskParts): SecretDesk {
  const { vault, recorder, recompile } = parts;
  return {
    async list(act) {
      checkRight(act, 'operator');
      return vault.list(act.by.tenant);
    },
    async put(act) {
      const { by, name, value, reason } = act;
      checkRight(act, 'operator');
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
    async remove(act) {
      const { by, name, reason } = act;
      checkRight(act, 'operator');
      if (reason !== undefined) checkReason({ reason });
      const [named] = await parts.namedBy(by.tenant, name);
      if (named !== undefined) throw stillNamed(name, named);
      await vault.remove({ tenant: by.tenant, name, by: by.name, reason });
      // Owed as well; asked for here, so that whoever removes it knows that it is lent to nobody.
      await recompile();
    },
  };
}

function stillNamed(name: string, document: string): BailiwickError {
  return new BailiwickError('store/conflict', {
    message: `${document} names the secret \`${name}\``,
    suggestedAction: 'take it out of the document first',
  });
}
