import { openCheckpoint, parseCheckpointText, parseNote, parseProofFile } from '#tlog/index.ts';
import { type Command } from '../command.ts';
import { textOf } from '../output.ts';
import { wholeId } from '../whole-id.ts';
import { newestRecords } from './commands.ts';
import { proofText } from './proof-text.ts';
import { givenKeys, keyFlags, underOneOf } from './trusted-keys.ts';

export const auditProve: Command = {
  name: 'audit prove',
  summary:
    'Gives the .tlog-proof of one record, which a stranger can verify offline. With keys it is given only where one of them signed the head that it stands under.',
  words: 'RECORD',
  flags: { ...keyFlags },
  examples: [
    'bailiwick audit prove 0199c0de-… > record.tlog-proof',
    'bailiwick audit prove 0199c0de-… --keys keys.txt > record.tlog-proof',
  ],
  async run(input) {
    const keys = givenKeys(auditProve, input);
    const id = await wholeId(auditProve, input, newestRecords);
    const answer = await input.request('GET', `/v1/records/${id}/proof`);
    const proof = textOf(answer['proof']);
    if (keys.length > 0) checkHead(proof, keys);
    input.out.print(answer, () => proofText(proof));
  },
};

function checkHead(proof: string, keys: readonly string[]): void {
  const { checkpoint } = parseProofFile(Buffer.from(proof));
  const { origin } = parseCheckpointText(parseNote(checkpoint).text);
  underOneOf(origin, keys, (trust) => openCheckpoint(checkpoint, trust));
}
