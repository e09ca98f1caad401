/** Apart from what it helps with: it is told before anything is installed. */
export const tamperHelp = `Rewrites history and signs it anew with the real key, and shows what finds it.

Usage:
  bailiwick demo tamper [-o json]

It makes a log and a witness of its own in a folder that it removes again; it touches nothing else. Exit code 0 when
everything went as it says, 1 when something did not.
`;
