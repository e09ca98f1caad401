import { contentOf, type UserAsk } from '#kernel/call.ts';
import type { Approval, HeldDoubt } from '#kernel/grant.ts';
import { emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { targetLabel } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { mayUserDecide } from '#planes/approvals/index.ts';
import { argumentAt } from '#planes/flow/index.ts';
import { flowClass } from '#planes/policy/index.ts';
import type { Decided } from './progress.ts';

/** What its caller gives back begins so: whoever reads it knows that the gateway itself had asked. */
export const userAskState = 'yes.';

const askName = 'approval';
const fieldName = 'send';

/**
 * The question to the user about the doubtful values of a held call, where a document lets them decide and their client
 * can show a form. INVARIANT: it goes to the client and never into a result that a model reads. Undefined: people who
 * approve are asked, as ever.
 */
export function userAskOf(walk: Decided, approval: Approval): UserAsk | undefined {
  const { call, subject } = walk;
  if (call.talk?.asked !== 'retry' || !canShowForm(call.talk.capabilities)) return undefined;
  const { flow } = subject.subjectClass;
  if (!mayUserDecide(approval, { flow, valueClass: flowClass })) return undefined;
  const params = {
    message: messageOf(walk, approval.context.doubts ?? []),
    requestedSchema: {
      type: 'object',
      properties: { [fieldName]: { type: 'boolean', title: 'Do it', default: false } },
      required: [fieldName],
    },
  };
  return {
    requests: { [askName]: { method: 'elicitation/create', params } },
    state: `${userAskState}${approval.handle}`,
  };
}

/** Undefined: nothing was said, or nothing that is a yes or a no. */
export function userVerdict(reply: JsonObject | undefined): 'approve' | 'reject' | undefined {
  const given = reply?.[askName];
  if (given === undefined || !isJsonObject(given)) return undefined;
  const { action, content } = given;
  if (action === 'decline') return 'reject';
  if (action !== 'accept' || content === undefined || !isJsonObject(content)) return undefined;
  return content[fieldName] === true ? 'approve' : 'reject';
}

/** Without a word on how, a client of forms. */
function canShowForm({ elicitation }: JsonObject): boolean {
  if (elicitation === undefined || !isJsonObject(elicitation)) return false;
  return Object.keys(elicitation).length === 0 || elicitation['form'] !== undefined;
}

function messageOf({ call, subject }: Decided, doubts: readonly HeldDoubt[]): string {
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  const lines = doubts.map((doubt) => lineOf(given, doubt));
  const undo = subject.subjectClass.reversible ? '' : ' It cannot be undone.';
  const again =
    subject.subjectClass.flow?.yes?.repeats === true
      ? ' A yes also holds for the same values in this task, for 15 minutes.'
      : '';
  return [
    `Your agent wants to use \`${plain(targetLabel(subject.target))}\`.${undo}${again}`,
    ...lines,
  ].join('\n');
}

function lineOf(given: JsonObject, { argument = '', origin, form, beside, lookAlike }: HeldDoubt) {
  const value = plain(String(argumentAt(given, argument) ?? ''));
  const how = form === undefined || form === 'verbatim' ? '' : ` (${form})`;
  const from =
    origin === undefined
      ? 'You did not name it, and it stands in nothing that was read.'
      : `It first appeared in \`${plain(origin.target)}\` at \`${plain(origin.path)}\`${how}; you did not name it.`;
  const others = beside === 0 ? '' : ` ${beside} more of its kind stood there.`;
  const alike = lookAlike ? ' It LOOKS LIKE something that you named, and is not.' : '';
  return `${plain(argument)}: \`${value}\`? ${from}${others}${alike}`;
}

/** INVARIANT: whatever strangers wrote stays on its line and inside its quotes. */
function plain(text: string): string {
  return visibleText(text, { maxLength: 300 }).replaceAll('`', '\\u{60}');
}
