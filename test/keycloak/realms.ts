/** Two realms: where people are at home by OIDC, and one of another firm that speaks SAML. */

export const clientSecret = 'a secret of this client';

const person = (username: string, more: object = {}) => ({
  username,
  enabled: true,
  emailVerified: true,
  email: `${username}@example.test`,
  firstName: username,
  lastName: 'Test',
  credentials: [{ type: 'password', value: username, temporary: false }],
  ...more,
});

const groups = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-group-membership-mapper',
  config: {
    'claim.name': 'groups',
    'full.path': 'false',
    'id.token.claim': 'true',
    'access.token.claim': 'true',
  },
};

const audience = {
  name: 'audience',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.client.audience': 'bailiwick', 'access.token.claim': 'true' },
};

/** `home`: where people meet our product. */
export function realmsFor(url: string, home: string) {
  return [corp(url, home), partner(url)];
}

function corp(url: string, home: string) {
  return {
    realm: 'corp',
    enabled: true,
    attributes: { 'acr.loa.map': JSON.stringify({ password: 1, hardware: 2 }) },
    groups: [{ name: 'bailiwick-auditors' }, { name: 'others' }],
    clients: [
      {
        clientId: 'bailiwick',
        secret: clientSecret,
        enabled: true,
        publicClient: false,
        standardFlowEnabled: true,
        redirectUris: [`${home}/sign-in/callback`],
        attributes: {
          'backchannel.logout.url': `${home}/sign-in/backchannel-logout`,
          'backchannel.logout.session.required': 'true',
          'post.logout.redirect.uris': `${home}/sign-in`,
        },
        protocolMappers: [groups],
      },
      {
        clientId: 'desk',
        enabled: true,
        publicClient: true,
        directAccessGrantsEnabled: true,
        protocolMappers: [groups, audience],
      },
    ],
    users: [
      person('ann', { groups: ['/bailiwick-auditors', '/others'] }),
      person('bob', { groups: ['/others'] }),
    ],
    identityProviders: [
      {
        alias: 'partner',
        displayName: 'Partner',
        providerId: 'saml',
        enabled: true,
        trustEmail: true,
        firstBrokerLoginFlowAlias: 'first broker login',
        config: {
          entityId: `${url}/realms/corp`,
          idpEntityId: `${url}/realms/partner`,
          singleSignOnServiceUrl: `${url}/realms/partner/protocol/saml`,
          nameIDPolicyFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
          principalType: 'SUBJECT',
          postBindingResponse: 'true',
          postBindingAuthnRequest: 'true',
          wantAssertionsSigned: 'true',
          validateSignature: 'true',
          metadataDescriptorUrl: `${url}/realms/partner/protocol/saml/descriptor`,
          useMetadataDescriptorUrl: 'true',
          syncMode: 'FORCE',
        },
      },
    ],
    identityProviderMappers: [
      attributeMapper('email', 'email'),
      attributeMapper('firstName', 'firstName'),
      attributeMapper('lastName', 'lastName'),
      {
        name: 'role',
        identityProviderAlias: 'partner',
        identityProviderMapper: 'saml-advanced-group-idp-mapper',
        config: {
          syncMode: 'FORCE',
          attributes: JSON.stringify([{ key: 'group', value: 'controllers' }]),
          group: '/bailiwick-auditors',
          'are.attribute.values.regex': 'false',
        },
      },
    ],
  };
}

function attributeMapper(attribute: string, field: string) {
  return {
    name: field,
    identityProviderAlias: 'partner',
    identityProviderMapper: 'saml-user-attribute-idp-mapper',
    config: { syncMode: 'FORCE', 'attribute.name': attribute, 'user.attribute': field },
  };
}

/** It knows one client: the broker of the other realm, by its entity id. */
function partner(url: string) {
  return {
    realm: 'partner',
    enabled: true,
    groups: [{ name: 'controllers' }],
    clients: [
      {
        clientId: `${url}/realms/corp`,
        protocol: 'saml',
        enabled: true,
        redirectUris: [`${url}/realms/corp/broker/partner/endpoint`],
        attributes: {
          'saml.assertion.signature': 'true',
          'saml.server.signature': 'true',
          'saml.client.signature': 'false',
          'saml.force.post.binding': 'true',
          saml_name_id_format: 'username',
          saml_force_name_id_format: 'true',
          saml_assertion_consumer_url_post: `${url}/realms/corp/broker/partner/endpoint`,
        },
        protocolMappers: [
          samlProperty('email'),
          samlProperty('firstName'),
          samlProperty('lastName'),
          {
            name: 'groups',
            protocol: 'saml',
            protocolMapper: 'saml-group-membership-mapper',
            config: { 'attribute.name': 'group', 'full.path': 'false', single: 'true' },
          },
        ],
      },
    ],
    users: [person('carla', { groups: ['/controllers'] })],
  };
}

function samlProperty(name: string) {
  return {
    name,
    protocol: 'saml',
    protocolMapper: 'saml-user-property-mapper',
    config: { 'user.attribute': name, 'attribute.name': name },
  };
}
