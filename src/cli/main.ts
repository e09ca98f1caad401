import { runCommandLine } from './run.ts';
import { thisTerminal } from './terminal.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), thisTerminal());
