import { unmetStepUps } from '#contracts/step-up.ts';
import { contentOf, type UserAsk } from '#kernel/call.ts';
import type { Approval, HeldDoubt } from '#kernel/grant.ts';
import { emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { targetLabel } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { isRuled, mayUserDecide } from '#planes/approvals/index.ts';
import { argumentAt } from '#planes/flow/index.ts';
import { flowClass } from '#planes/policy/index.ts';
import type { Decided } from './progress.ts';

/** What its caller gives back begins so: whoever reads it knows that the gateway itself had asked. */
export const userAskState = 'yes.';

export const askName = 'approval';
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
  if (asksForSignIn(walk, approval) || asksForPeople(walk, approval)) return undefined;
  const lines = linesOf(walk, approval.context.doubts ?? []);
  if (lines === undefined) return undefined;
  const params = {
    message: messageOf(walk, lines),
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

/** INVARIANT: nobody signs in in a chat; control would not hear their yes. */
function asksForSignIn({ configuration }: Decided, { binding, requestedAt }: Approval): boolean {
  const asked = { act: 'approve', approvalClass: binding.approvalClass } as const;
  const tenant = configuration.snapshot.tenants[binding.tenant];
  return unmetStepUps(tenant, asked, {}, requestedAt).length > 0;
}

/** INVARIANT: where a document says who may, or how many, nobody's own yes is enough. */
function asksForPeople({ configuration }: Decided, approval: Approval): boolean {
  return isRuled(configuration.snapshot.tenants[approval.binding.tenant], approval);
}

/** Without a word on how, a client of forms. */
function canShowForm({ elicitation }: JsonObject): boolean {
  if (elicitation === undefined || !isJsonObject(elicitation)) return false;
  return Object.keys(elicitation).length === 0 || elicitation['form'] !== undefined;
}

function messageOf({ subject }: Decided, lines: readonly string[]): string {
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

/** INVARIANT: a yes binds whole values, so each is shown whole, or nobody is asked here. */
function linesOf({ call }: Decided, doubts: readonly HeldDoubt[]): readonly string[] | undefined {
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  const lines = doubts.map((doubt) => lineOf(given, doubt));
  return lines.every((line) => line !== undefined) ? lines : undefined;
}

function lineOf(
  given: JsonObject,
  { argument = '', origin, form, beside, lookAlike }: HeldDoubt,
): string | undefined {
  const found = argumentAt(given, argument);
  const [value, name] = [found, argument].map((one) => (one === undefined ? '' : whole(`${one}`)));
  if (!value || !name) return undefined;
  const how = form === undefined || form === 'verbatim' ? '' : ` (${form})`;
  const from =
    origin === undefined
      ? 'You did not name it, and it stands in nothing that was read.'
      : `It first appeared in \`${plain(origin.target)}\` at \`${plain(origin.path)}\`${how}; you did not name it.`;
  const others = beside === 0 ? '' : ` ${beside} more of its kind stood there.`;
  const alike = lookAlike ? ' It LOOKS LIKE something that you named, and is not.' : '';
  return `${name}: \`${value}\`? ${from}${others}${alike}`;
}

const mostShown = 300;

/** Undefined: longer than is shown, also where only what was made visible of it makes it so. */
function whole(text: string): string | undefined {
  if (text.length > mostShown) return undefined;
  const shown = plain(text);
  return shown.length > mostShown ? undefined : shown;
}

/** INVARIANT: whatever strangers wrote stays on its line and inside its quotes. */
export function plain(text: string): string {
  return visibleText(text, { maxLength: mostShown }).replaceAll('`', '\\u{60}');
}
