/**
 * What OpenID, OAuth and their best practice say that must not work, and what comes in malformed, line by line; each
 * with parts of the titles of the tests that prove that it does not. INVARIANT: a line without a test is no line.
 */
export const negative: Readonly<Record<string, readonly string[]>> = {
  'wrong audience': [
    'is nothing by an ID token %s',
    'is exchanged for an audience that the document names, and bound to no key',
    'that asserts an identity is for us alone, by its kind',
    'is nobody with an assertion for somebody else, too late, too long, or by another key',
    'of another audience, issuer or tenant is refused [IDN-05]',
    'is worth nothing for %s [IDN-05]',
    'is nobody with %s, on record by what was wrong [IDN-02]',
  ],
  'mix-up': [
    'is nothing by the answer of another provider, or by one that does not say whose it is',
    'is nobody by the answer of a provider that pretends to be the one that was asked',
    'with %s is refused at the client, with our name [IDN-05]',
  ],
  'code replay': [
    'serves once: whoever comes again ends what it gave [IDN-05]',
    'is nothing by a code that was used, a verifier of another, or another place to come back to',
    'is nobody by an answer that was used, is old, is of another browser, or was never asked for',
  ],
  'PKCE downgrade': [
    "['a plain challenge', { code_challenge_method: 'plain' }",
    "['no challenge', { code_challenge: undefined }",
    'is worth nothing with %s, and nothing after that either [IDN-05]',
    "['only plain PKCE', { code_challenge_methods_supported: ['plain'] }]",
  ],
  'redirect tricks': [
    'with %s goes nowhere: it is refused on a page [IDN-05]',
    'registered as %s, asked for as %s: %s',
    'is allowed to who registers themselves only as a document says',
  ],
  '`none` and key confusion': [
    'that nobody signed, or that was signed with a public key as a secret, is nobody’s',
    'sign with nothing that is no key of it: none, HMAC with its public key',
    'is nobody with an assertion for somebody else, too late, too long, or by another key',
    'is refused with a header that is not exactly of its kind [IDN-05]',
    'is refused when the token is used as the secret of a symmetric signature',
    'are believed for what they are: by kind, size, use and number',
  ],
  'jwks flood': [
    'are asked for no more often by a flood of keys that nobody has',
    'are asked for once, however many tokens name keys that nobody has; a new one is heard of',
  ],
  'refresh reuse': [
    'that comes again after its moment ends everything, for thief and owner [IDN-05]',
    'is worth nothing to another client, and ends then [IDN-05]',
    'loses nothing to whoever reads its tokens: without its key they are worth nothing',
  ],
  'assertion replay': [
    'proves itself by an assertion, once, and by nothing else',
    'is known by an assertion that serves once [IDN-02]',
    'serves once, also for two who ask at the same moment',
    'is so by each token once, whatever it was used for before',
  ],
  'CSRF on consent and sign-in': [
    'takes no yes %s [IDN-05]',
    'takes no yes of another sign-in, and none twice',
    'is nobody by an answer that was used, is old, is of another browser, or was never asked for',
    'is done by no page of others, whatever comes along',
  ],
  clickjacking: [
    'runs nothing, loads nothing, stands in no frame and sends its form to us',
    'is shown who may sign it in, by a page without a script that nobody frames',
  ],
  'open redirect': [
    'goes to no other place than ours',
    'is the first page where it is not plainly one: %j',
    'with %s goes nowhere: it is refused on a page [IDN-05]',
  ],
  'SSRF through client metadata': [
    'is nobody when its document is %s',
    "['keys at another address', { ...described, jwks_uri:",
    "['an address at which nothing stands'",
  ],
  'SSRF through jwks URLs': [
    'leads to no place inside: neither by the issuer, nor by its keys, nor by its tokens',
    'are asked for at no address that no document lets be asked',
  ],
  'addresses pinned per call': [
    'is fetched from the address that was judged, by one look-up',
    'is not fetched from %s, written so or behind a name',
    'follows no redirect, takes no more than its bound, and waits no longer',
  ],
  'private networks and loopback only where they are listed': [
    'is fetched from this machine in evaluation alone, and from a private host that a document lists',
  ],
  'human tokens as agents, and agent tokens as humans': [
    'is no human: %s is refused, whatever rules list [IDN-02]',
    'acts for a person by their token beside its platform’s, and never by theirs in its own place',
    'gets nothing by the token of a person, nor without a key, nor with a letter changed [IDN-02]',
    'is refused, and the answer says what to do',
  ],
  'provider away or slow': [
    'is believed while it is away, for a bounded time, and then nobody is anybody',
    'a provider is waited for, and read, within bounds',
    'count from memory while it is away, and not for ever',
    'sign in while the provider changes its key, and are nobody while it is away',
  ],
  'rollover in mid-flight': [
    'change in mid-flight: a new one is asked for, an old one is worth nothing once it is gone',
    'sign in while the provider changes its key, and are nobody while it is away',
  ],
  'clock skew': [
    'takes clocks that differ by the skew, and no more',
    'brings no token that is too old, too large or from the future',
    'is nobody with an assertion for somebody else, too late, too long, or by another key',
  ],
  'huge tokens and claims': [
    'that wants something understood, or is too large, is not taken',
    'is nothing by an answer without an ID token, no JSON, or one that is too large',
    'is refused whole where it is too much or told elsewhere: a rule may forbid what was left out',
    'brings no token that is too old, too large or from the future',
  ],
  'unknown critical headers': [
    'that wants something understood, or is too large, is not taken',
    'is refused with a header that is not exactly of its kind [IDN-05]',
    'sign with nothing that is no key of it: none, HMAC with its public key',
  ],
  'malformed SCIM': [
    'is told what is wrong with %s, on record, and nothing is kept',
    'is %s, and says what is wrong: %j',
    'that is not understood finds nothing and not everything: %s',
    'whatever it is, is answered or said to be wrong, and changes nothing that is there',
  ],
};
