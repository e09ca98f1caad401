import { requiredFlag, type Command } from '../command.ts';
import { cell } from '../output.ts';
import { shownDigest } from './approve.ts';
import { toolPath } from './commands.ts';

export const toolReject: Command = {
  name: 'tool reject',
  summary:
    'Says no to the definition that a tool shows now: it stays shut until it shows another or somebody approves it.',
  words: 'SERVER/TOOL',
  flags: {
    digest: {
      type: 'string',
      value: 'SHA256',
      help: 'reject only this very definition (12 characters or more of it)',
    },
    reason: { type: 'string', value: 'TEXT', help: 'why; lists and the record say it (required)' },
  },
  examples: ['bailiwick tool reject billing/wipe --reason "nobody here needs it"'],
  async run(input) {
    const path = toolPath(toolReject, input);
    const reason = requiredFlag(toolReject, input, 'reason');
    const digest = shownDigest(toolReject, input, await input.request('GET', path));
    const answer = await input.request('POST', `${path}/reject`, { digest, reason });
    const name = `${cell(answer['server'])}/${cell(answer['tool'])}`;
    input.out.print(answer, () => `${name} is rejected, and stays shut`);
    return 0;
  },
};
