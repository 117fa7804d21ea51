// jose verifies what we sign, and signs what we verify.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { decodeProtectedHeader, exportSPKI, generateKeyPair, importSPKI, jwtVerify, SignJWT } from "jose";

const partner = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "dangol-jose-"));
const lines = (text) => text.split("\n").filter(Boolean);
// A number of ECDSA that begins with a zero, as one in 128 does, is where implementations differ.
const SIGNED = 600;
const RULES = { issuer: "dangol", audience: "service", algorithms: ["ES256"], typ: "JWT", requiredClaims: ["sub", "iat", "exp"] };

async function josePasses() {
  const keys = join(folder, "keys");
  const tokens = lines(execFileSync(partner, ["sign", keys, String(SIGNED)], { encoding: "utf8" }));
  assert.equal(tokens.length, SIGNED);
  const keyOf = async ({ kid, alg }) => importSPKI(readFileSync(join(keys, "jwt", `${kid}.pub`), "utf8"), alg);
  const ids = new Set();
  for (const [i, token] of tokens.entries()) {
    const { payload, protectedHeader } = await jwtVerify(token, keyOf, RULES);
    assert.equal(payload.sub, `p${i}`);
    assert.deepEqual([payload.roles, payload.stages], [["agent"], ["engines/e/stages/s"]]);
    assert.ok(payload.exp - payload.iat <= 600);
    ids.add(protectedHeader.kid);
  }
  assert.equal(ids.size, 2, "the key was exchanged halfway");
  // It looks: what was changed is refused, and what another key signed.
  const [head, claims, signature] = tokens[0].split(".");
  const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, "base64url")), roles: ["admin"] })).toString("base64url");
  await assert.rejects(jwtVerify(`${head}.${forged}.${signature}`, keyOf, RULES), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
  const other = tokens.map(decodeProtectedHeader).find(({ kid }) => kid !== decodeProtectedHeader(tokens[0]).kid);
  await assert.rejects(jwtVerify(tokens[0], await keyOf(other), RULES), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
}

async function wePass(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const pem = await exportSPKI(publicKey);
  const path = join(folder, `${alg}.pem`);
  writeFileSync(path, pem);
  const sign = (change = {}, header = {}, key = privateKey) =>
    new SignJWT({ roles: ["agent"], ...change })
      .setProtectedHeader({ alg, kid: "k1", typ: "JWT", ...header })
      .setIssuer(change.iss ?? "dangol")
      .setAudience(change.aud ?? "service")
      .setSubject(change.sub ?? "kim")
      .setIssuedAt()
      .setExpirationTime(change.exp ?? "5m")
      .sign(key);
  const good = await Promise.all(Array.from({ length: alg === "ES256" ? SIGNED : 50 }, (_, i) => sign({ sub: `p${i}` })));
  const secret = new TextEncoder().encode(pem);
  const refused = await Promise.all([
    sign({ aud: "page" }),
    sign({ iss: "evil" }),
    sign({ exp: "2h" }),
    sign({}, { kid: "k2" }),
    sign({}, {}, (await generateKeyPair(alg)).privateKey),
    sign({}, { alg: "HS256" }, secret),
    sign({ exp: Math.floor(Date.now() / 1000) - 3600 }),
  ]);
  const said = lines(execFileSync(partner, ["verify", path], { input: `${[...good, ...refused].join("\n")}\n`, encoding: "utf8" }));
  assert.deepEqual(said, [...good.map((_, i) => `ok p${i}`), ...Array.from({ length: refused.length - 1 }, () => "CREDENTIAL_INVALID"), "CREDENTIAL_EXPIRED"], alg);
}

try {
  await josePasses();
  for (const alg of ["ES256", "RS256", "EdDSA"]) await wePass(alg);
  console.log(`jose verifies ${SIGNED} of our tokens, and we verify its own by three algorithms`);
} finally {
  rmSync(folder, { recursive: true });
}
