import { connectProcess } from '../../../sdk/connect/main.ts';
import { onlyPrints } from '../../../sdk/connect/options.ts';

// A client waits for this start, so nothing is loaded that a bridge does not need: what only prints
// goes the way of every other command.
const argv = process.argv.slice(2);
if (onlyPrints(argv)) {
  process.argv.splice(2, 0, 'connect');
  await import('../../cli/main.ts');
} else {
  await connectProcess(argv);
}
