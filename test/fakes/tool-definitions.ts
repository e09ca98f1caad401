import type { JsonObject } from '#kernel/json/value.ts';

/** A definition in short: name, description, arguments that take text (`!` before one that is bounded). */
export type Short = readonly [name: string, description: string, ...args: string[]];

export function definitionOf([name, description, ...args]: Short): JsonObject {
  const properties = Object.fromEntries(
    args.map((arg) =>
      arg.startsWith('!')
        ? [arg.slice(1), { type: 'string', enum: ['a', 'b'] }]
        : [arg, { type: 'string' }],
    ),
  );
  return { name, description, inputSchema: { type: 'object', properties } };
}

/** What does whatever its text says. Servers that exist are named; the rest is made up to look like them. */
export const transports: readonly Short[] = [
  ['run_sql', 'Runs a statement.', 'sql'],
  ['query', 'Run a read-only SQL query', 'sql'], // server-postgres
  ['query', 'Asks the warehouse.', 'query'],
  ['db_query', 'Queries the database.', 'query'],
  ['execute_sql', 'Executes SQL in the project.', 'query'], // supabase
  ['mysql_query', 'Answers with rows.', 'query'],
  ['read_query', 'Execute a SELECT query on the SQLite database', 'query'], // server-sqlite
  ['write_query', 'Execute an INSERT, UPDATE, or DELETE query on the SQLite database', 'query'],
  ['lookup', 'Answers a question.', 'sql', 'limit'],
  ['http_get', 'Gets.', 'url'],
  ['http_request', 'Sends.', 'target'],
  ['fetch', 'Fetches a URL from the internet and extracts its contents as markdown.', 'url'], // server-fetch
  ['fetchUrl', 'Answers with a page.', 'url'],
  ['web_fetch', 'Reads the web.', 'uri'],
  ['curl', 'As it is called.', 'url', 'headers'],
  ['scrape_page', 'Text of a page.', 'url'],
  ['api', 'Calls the service.', 'method', 'path', 'body'],
  ['call_api', 'Calls the service.', '!method', 'endpoint'],
  ['exec', 'Does it.'],
  ['shell', 'Opens one.', 'command'],
  ['bash', 'A session.', 'input'],
  ['run_command', 'In the workspace.', 'cmd'],
  ['execute_command', 'In a terminal session.', 'command'], // desktop-commander
  ['runTerminal', 'In the workspace.', 'command'],
  ['eval', 'Of JavaScript.', 'expression'],
  ['run_code', 'In a sandbox.', 'source'],
  ['python_repl', 'Keeps its state.', 'code'],
  ['code_interpreter', 'Keeps its state.', 'code'],
  ['browser_run_code_unsafe', 'Run a Playwright code snippet', 'code'], // playwright
  ['browser_run_code', 'Run Playwright code snippet', 'code'],
  ['browser_evaluate', 'Evaluate JavaScript expression on page or element', 'element', 'function'],
  ['helper', 'Executes arbitrary code in the workspace.', 'text'],
  ['ask', 'Runs any SQL that you give it.', 'text'],
];

/** What has one job, however much its words look like the ones above. */
export const domainShaped: readonly Short[] = [
  ['create_refund', 'Refunds a payment.', 'payment', 'reason'],
  ['get_invoice', 'Answers with one invoice.', 'id'],
  ['fetch_invoice', 'Fetches one invoice.', 'id'],
  ['request_refund', 'Asks for a refund.', 'invoice', 'reason'],
  ['run_report', 'Runs the monthly report.', '!month'],
  ['execute_workflow', 'Starts a workflow that was set up.', 'workflow'],
  ['evaluate_risk', 'Scores an application.', 'application'],
  ['shorten_url', 'Makes a short link.', 'url'],
  ['download_attachment', 'One file of a ticket.', 'attachment'],
  ['search_customers', 'Finds customers by name.', 'query'],
  ['query_invoices', 'Finds invoices.', 'customer', '!state'],
  ['list_databases', 'Names of databases.'],
  ['describe_table', 'Columns of a table.', 'table_name'], // server-sqlite
  ['list_tables', 'List all tables in the database'],
  ['get_command_history', 'What was typed.', 'user'],
  ['add_note', 'Adds a note to a ticket.', 'ticket', 'text'],
  // filesystem
  ['read_text_file', 'Read the complete contents of a file from the file system as text.', 'path'],
  ['read_multiple_files', 'Read the contents of multiple files simultaneously.', 'paths'],
  [
    'write_file',
    'Create a new file or completely overwrite an existing file with new content.',
    'path',
    'content',
  ],
  ['edit_file', 'Make line-based edits to a text file.', 'path', 'edits'],
  ['create_directory', 'Create a new directory or ensure a directory exists.', 'path'],
  [
    'list_directory',
    'Get a detailed listing of all files and directories in a specified path.',
    'path',
  ],
  ['directory_tree', 'Get a recursive tree view of files and directories.', 'path'],
  ['move_file', 'Move or rename files and directories.', 'source', 'destination'],
  [
    'search_files',
    'Recursively search for files and directories matching a pattern.',
    'path',
    'pattern',
  ],
  ['get_file_info', 'Retrieve detailed metadata about a file or directory.', 'path'],
  // memory
  ['create_entities', 'Create multiple new entities in the knowledge graph', 'entities'],
  ['delete_relations', 'Delete multiple relations from the knowledge graph', 'relations'],
  ['read_graph', 'Read the entire knowledge graph'],
  ['search_nodes', 'Search for nodes in the knowledge graph based on a query', 'query'],
  ['open_nodes', 'Open specific nodes in the knowledge graph by their names', 'names'],
  // everything
  ['echo', 'Echoes back the input string', 'message'],
  ['get-sum', 'Returns the sum of two numbers', 'a', 'b'],
  [
    'trigger-long-running-operation',
    'Demonstrates a long running operation with progress updates.',
    'duration',
  ],
  ['get-tiny-image', 'Returns a tiny MCP logo image.'],
  ['get-resource-links', 'Returns up to ten resource links.', 'count'],
  // sequential thinking, git, grafana
  [
    'sequentialthinking',
    'A detailed tool for dynamic and reflective problem-solving through thoughts.',
    'thought',
  ],
  ['git_diff', 'Shows differences between branches or commits', 'repo_path', 'target'],
  ['query_prometheus', 'Query Prometheus using a PromQL expression', 'datasourceUid', 'expr'],
  ['search_dashboards', 'Search for Grafana dashboards by a query string', 'query'],
  // playwright
  ['browser_navigate', 'Navigate to a URL', 'url'],
  ['browser_click', 'Perform click on a web page', 'element', 'ref'],
  ['browser_type', 'Type text into editable element', 'element', 'text'],
  ['browser_snapshot', 'Capture accessibility snapshot of the current page'],
  ['browser_take_screenshot', 'Take a screenshot of the current page', 'filename'],
  ['browser_network_requests', 'Returns all network requests since loading the page'],
  ['browser_press_key', 'Press a key on the keyboard', 'key'],
];
