import { assertionKeys } from './oauth/assertion-keys.ts';
import { accessRoutes } from './oauth/access-page.ts';
import { authorizeRoutes } from './oauth/authorize.ts';
import { clientRoutes } from './oauth/client-endpoints.ts';
import { authorizationMetadata } from './oauth/metadata.ts';
import { tokenRoutes } from './oauth/token.ts';
import { commandLineRoutes } from './command-line/routes.ts';
import { scimRoutes } from './scim.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { passkeySignIn } from './passkeys.ts';
import type { WebRoute } from './web-route.ts';

/** Every page, redirect and form; a test proves that each is tied down. */
export const webRoutes: readonly WebRoute[] = [
  ...authorizationMetadata,
  ...passkeySignIn,
  ...commandLineRoutes,
  ...tokenRoutes,
  ...assertionKeys,
  ...authorizeRoutes,
  ...accessRoutes,
  ...clientRoutes,
  ...scimRoutes,
  ...signInRoutes,
];
