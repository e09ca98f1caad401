import type { GrantLedger } from '#contracts/grant-ledger.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalContext } from '#kernel/grant.ts';
import type { PayloadSealer } from './payload-sealer.ts';

type Sealer = Pick<PayloadSealer, 'sealFor' | 'open'>;

/** No arguments begin so: they are JSON, or nothing. */
const form = 'sealed:';

/**
 * A ledger whose rows hold arguments sealed under the key of whose they are: the user for whom it is, or the
 * agent. INVARIANT: what cannot be sealed is not kept, so nobody is asked; and the binding, by which a yes is
 * spent, is what it was. Of an erased subject the arguments are empty. One that cannot be opened hides no other in a list;
 * asked for alone it is a fault, so that nobody decides what they cannot read.
 */
export function sealHeldArguments(ledger: GrantLedger, sealer: Sealer): GrantLedger {
  const opened = (approval: Approval) => openContext(sealer, approval);
  const openedIfAny = async (approval: Promise<Approval | undefined>) => {
    const found = await approval;
    return found && opened(found);
  };
  const listed = (approval: Approval) => openContext(sealer, approval).catch(toldAsShut(approval));
  return {
    ...ledger,
    async request(request) {
      const { tenant, user, agent } = request.binding;
      const { argumentsText, beforeText } = request.context;
      const sealed = async (text: string) => {
        const { bytes } = await sealer.sealFor(tenant, user ?? agent, Buffer.from(text, 'utf8'));
        return `${form}${bytes.toString('base64')}`;
      };
      const context: ApprovalContext = {
        ...request.context,
        argumentsText: await sealed(argumentsText),
        ...(beforeText === undefined ? {} : { beforeText: await sealed(beforeText) }),
      };
      return opened(await ledger.request({ ...request, context }));
    },
    byHandle: (...of) => openedIfAny(ledger.byHandle(...of)),
    byId: (...of) => openedIfAny(ledger.byId(...of)),
    openFor: (...of) => openedIfAny(ledger.openFor(...of)),
    list: async (filter) => Promise.all((await ledger.list(filter)).map(listed)),
    decide: async (verdict) => opened(await ledger.decide(verdict)),
    async consume(spend) {
      const result = await ledger.consume(spend);
      if (result.kind === 'consumed') return { ...result, approval: await opened(result.approval) };
      const { approval } = result;
      return { ...result, approval: approval && (await opened(approval)) };
    },
    // They have ended by now: one that cannot be opened must not keep the others off the record.
    expire: async (now) => Promise.all((await ledger.expire(now)).map(listed)),
  };
}

/** No JSON: nobody takes it for what was sent. */
function toldAsShut(approval: Approval): (fault: unknown) => Approval {
  return (fault) => {
    if (!(fault instanceof BailiwickError) || fault.code !== 'credentials/unwrap-failed') {
      throw fault;
    }
    const argumentsText = `cannot be opened: ${fault.message}`;
    const { beforeText: _, ...context } = approval.context;
    return { ...approval, context: { ...context, argumentsText } };
  };
}

async function openContext(sealer: Sealer, approval: Approval): Promise<Approval> {
  const { argumentsText, beforeText } = approval.context;
  const opened = async (text: string) => {
    // Rows of earlier versions are plain.
    if (!text.startsWith(form)) return text;
    const blob = Buffer.from(text.slice(form.length), 'base64');
    return openedText(sealer, approval.binding.tenant, blob);
  };
  const context = {
    ...approval.context,
    argumentsText: await opened(argumentsText),
    ...(beforeText === undefined ? {} : { beforeText: await opened(beforeText) }),
  };
  return { ...approval, context };
}

async function openedText(sealer: Sealer, tenant: string, blob: Buffer): Promise<string> {
  try {
    return (await sealer.open(tenant, blob)).toString('utf8');
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'audit/erased') return '';
    throw fault;
  }
}
