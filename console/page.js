// One page: the first person's set-up, passkeys, and what the deployment says of itself.
// INVARIANT: text from the server becomes text nodes only; the credential stays in memory.
import { canHavePasskeys, createPasskey, usePasskey } from './passkey.js';

/** What this page acts by: the credential that was given, or the sign-in of the browser. */
let held;

const element = (id) => document.getElementById(id);
const show = (id, visible) => {
  element(id).hidden = !visible;
};

function say(text) {
  element('message').textContent = text;
}

async function ask(method, path, { body, credential } = {}) {
  const response = await fetch(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.message}: ${answer.suggestedAction}`);
  return answer;
}

function fact(name, value) {
  const term = document.createElement('dt');
  term.textContent = name;
  const description = document.createElement('dd');
  description.textContent = String(value);
  element('facts').append(term, description);
}

function row({ item, state, why }) {
  const tr = document.createElement('tr');
  for (const text of [item, state, why]) {
    const td = document.createElement('td');
    td.textContent = text;
    if (text === state) td.className = state === 'red' ? 'red' : 'green';
    tr.append(td);
  }
  element('readiness').append(tr);
}

async function showStatus(credential) {
  const status = await ask('GET', '/v1/status', { credential });
  element('facts').replaceChildren();
  element('readiness').replaceChildren();
  fact('Version', status.version);
  fact('Tenant', status.tenant);
  fact('Gateways', status.gateways);
  fact('Agents', `${status.agents}, with ${status.instances} enrolled instances`);
  fact(
    'Tools',
    `${status.tools.pinned} approved, ${status.tools.waiting} waiting, ${status.tools.quarantined} quarantined`,
  );
  fact('Approvals', `${status.approvals.pending} waiting for a human`);
  fact('Stops and quarantines', status.overlay.entries);
  fact('Configuration', status.snapshot.digest);
  for (const item of status.readiness) row(item);
  show('status', true);
  show('signin', false);
  held = credential;
  show('passkey', canHavePasskeys());
  await showPasskeys();
}

async function showPasskeys() {
  const { passkeys } = await ask('GET', '/v1/passkeys', { credential: held });
  element('passkeys').replaceChildren(...passkeys.map(passkeyItem));
}

function passkeyItem({ credential, name, createdAt, usedAt }) {
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.textContent = `Remove "${name}"`;
  remove.addEventListener('click', () => void removePasskey(credential));
  const item = document.createElement('li');
  item.append(`${name}, since ${createdAt}, used last ${usedAt ?? 'never'} `, remove);
  return item;
}

function leave() {
  localStorage.removeItem('signed-in');
  for (const section of ['status', 'passkey']) show(section, false);
  show('signin', true);
}

async function removePasskey(credential) {
  try {
    const { name } = await ask('POST', '/v1/passkeys/remove', {
      body: { credential },
      credential: held,
    });
    say(`The passkey "${name}" signs in nobody any more.`);
    // What signed in by a passkey of this person ended with it; whoever gave their credential goes on.
    if (held === undefined) leave();
    else await showPasskeys();
    element(held === undefined ? 'passkey-signin' : 'passkey-name').focus();
  } catch (fault) {
    say(fault.message);
  }
}

const link = /^#setup=([A-Za-z0-9_-]{22})$/.exec(location.hash)?.[1];
const back = placeToReturn();
if (new URLSearchParams(location.search).has('signed-in')) localStorage.setItem('signed-in', 'yes');
history.replaceState(null, '', location.pathname);
show(link === undefined ? 'signin' : 'setup', true);
show('passkey-way', canHavePasskeys());
if (!canHavePasskeys())
  say('Passkeys work by the name localhost, or where this is served under a name.');
// Only where this browser signed in: whoever never did is not asked about on the server.
if (link === undefined && back === undefined && localStorage.getItem('signed-in') !== null) {
  void comeBack();
}

/** Where whoever was sent here to sign in goes on; no place but ours. */
function placeToReturn() {
  const asked = new URLSearchParams(location.search).get('return');
  if (asked === null || !asked.startsWith('/')) return undefined;
  const place = new URL(asked, location.origin);
  return place.origin === location.origin ? place.pathname + place.search : undefined;
}

async function comeBack() {
  try {
    await showSignedIn();
  } catch {
    localStorage.removeItem('signed-in');
  }
}

async function showSignedIn() {
  await showStatus(undefined);
  show('signout-way', true);
}

element('passkey-signin').addEventListener('click', () => void signInByPasskey());

async function signInByPasskey() {
  try {
    const { options } = await ask('POST', '/passkeys/options', { body: {} });
    const response = await usePasskey(options);
    const { name, roles } = await ask('POST', '/passkeys/sign-in', { body: { response } });
    localStorage.setItem('signed-in', 'yes');
    if (back !== undefined && back !== '/') {
      location.assign(back);
      return;
    }
    await showSignedIn();
    element('status-title').focus();
    say(`You are ${name}, ${roles.join(', ')}.`);
  } catch (fault) {
    say(fault.message);
  }
}

element('passkey-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void addPasskey();
});

async function addPasskey() {
  try {
    const credential = held;
    const { options } = await ask('POST', '/v1/passkeys/options', { body: {}, credential });
    const response = await createPasskey(options);
    const name = element('passkey-name').value;
    const added = await ask('POST', '/v1/passkeys', { body: { name, response }, credential });
    await showPasskeys();
    say(`The passkey "${added.name}" signs you in from now on.`);
  } catch (fault) {
    say(fault.message);
  }
}

element('signout').addEventListener('click', () => void signOut());

async function signOut() {
  await fetch('/sign-out', { method: 'POST', redirect: 'manual' });
  localStorage.removeItem('signed-in');
  location.reload();
}

element('setup-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void becomeAdmin();
});

async function becomeAdmin() {
  try {
    const admin = await ask('POST', '/v1/setup', { body: { link, name: element('name').value } });
    element('credential-text').textContent = `export BAILIWICK_CREDENTIAL=${admin.credential}`;
    show('setup', false);
    show('credential', true);
    // The form that held the focus is gone; without this a keyboard starts again at the top.
    element('credential-text').focus();
    say(`You are ${admin.name}, ${admin.role}.`);
    await showStatus(admin.credential);
  } catch (fault) {
    say(fault.message);
  }
}

element('signin-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn();
});

async function signIn() {
  try {
    await showStatus(element('given').value.trim());
    element('status-title').focus();
    say('');
  } catch (fault) {
    say(fault.message);
  }
}
