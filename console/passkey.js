// What a browser needs to ask an authenticator: bytes where the wire has base64url.
// INVARIANT: keys and challenges come from the server and go to the browser; nothing is kept here.
const bytesOf = (text) => {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

/** Passkeys have no home at a bare address. */
export const canHavePasskeys = () =>
  'PublicKeyCredential' in window && !/^[\d.]+$|:/.test(location.hostname);

export async function createPasskey(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: options.excludeCredentials.map((one) => ({
        ...one,
        id: bytesOf(one.id),
      })),
    },
  });
  const { response } = made;
  return {
    ...plain(made),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

export async function usePasskey(options) {
  const used = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytesOf(options.challenge) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  return {
    ...plain(used),
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
      ...(userHandle === null ? {} : { userHandle: textOf(userHandle) }),
    },
  };
}

function plain({ id, rawId, type }) {
  return { id, rawId: textOf(rawId), type, clientExtensionResults: {} };
}
