// An identity provider on loopback, where everybody is signed in who is named beforehand.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

export const CLIENT_ID = "dangol";
export const CLIENT_SECRET = "of the test: / & %";

function newKey() {
  return { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig" };
}

function makeProvider(issuer, redirect, users) {
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirect] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [newKey()] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...users[id] }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  return provider;
}

// `users`: the claims of each, by subject. What `next` names is who signs in.
export async function startProvider(users) {
  const state = { users, next: "", provider: undefined };
  const server = createServer(async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return state.provider.callback()(request, response);
    await state.provider.interactionFinished(request, response, { login: { accountId: state.next } });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  return {
    issuer,
    setUser: (subject) => (state.next = subject),
    // With new keys each time; nothing of before is known.
    begin: (redirect) => (state.provider = makeProvider(issuer, redirect, users)),
    stop: () => new Promise((done) => server.close(done) && server.closeAllConnections()),
  };
}
