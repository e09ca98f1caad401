import { runCommandLine } from '../../cli/run.ts';
import { thisTerminal } from '../../cli/terminal.ts';
import { documentKinds } from '../catalogue.ts';

/** The commands that read documents by themselves: they know the kinds, and ask a control program only if they say so. */
process.exitCode = await runCommandLine(process.argv.slice(2), {
  ...thisTerminal(),
  kinds: documentKinds,
});
