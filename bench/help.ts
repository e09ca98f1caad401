/**
 * What `bench --help` says. Rows and measures load packages that need not be there yet, and help
 * installs nothing: without them their names are not listed.
 */
try {
  const { help } = await import('./options.ts');
  process.stdout.write(help);
} catch {
  process.stdout.write(`Measures the product beside a bare parsing proxy and the MCP SDK's echo server, in one run.

Usage:
  bailiwick bench [--only NAME,…] [--connections N,…] [--rounds N] [--seconds N] [--quick] [-o json]

The packages that it measures with are not installed yet: \`bailiwick bench --quick\` does that, and from
then on this text names every row.
`);
}
