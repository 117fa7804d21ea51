// Who is signed in. Where this machine is trusted nobody has to be, and the gateway knows no session.
import { useSyncExternalStore } from "react";

import { dropDrafts } from "./draft";
import { BASE, keptAs } from "./place";
import { changeSettings, settings } from "./settings";
import { memberName } from "./texts";

export interface Session {
  // Of the member, or `operator`.
  name: string;
  roles: string[];
  // That this person owns. `engines/{engine}/stages/{stage}`
  stages?: string[];
  // What the roles allow.
  permissions?: string[];
}

// Those of common/rpc/authorization.cc that pages ask for.
export const PERMISSIONS = [
  "tickets.write",
  "tickets.hear",
  "tickets.accept",
  "tickets.decide",
  "tickets.redact",
  "attachments.read",
  "attachments.write",
  "customers.read",
  "customers.write",
  "customers.restricted",
  "customers.erase",
  "policy.write",
  "reasons.write",
  "changes.write",
  "changes.decide",
  "changes.ship_product",
  "changes.ship_service",
  "metrics.enter",
  "engines.write",
  "members.write",
  "tokens.read",
  "tokens.write",
  "imports.undo",
  "members.invite",
  "admin",
  "audit.read",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

interface State {
  session?: Session;
  // A call was refused, since nobody is signed in, or no longer: pages get nothing to show.
  refused: boolean;
  // Somebody was.
  ended: boolean;
}

let state: State = { refused: false, ended: false };
const listeners = new Set<() => void>();

function change(next: Partial<State>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

export function refuse(): void {
  if (!state.refused) change({ refused: true, ended: state.ended || Boolean(state.session) });
}

export function isSignedIn(): boolean {
  return state.session !== undefined;
}

// Whether a page offers it: where nobody has to sign in, everything. The service has the last word.
export function may(permission: Permission): boolean {
  const permissions = state.session?.permissions;
  return !permissions || permissions.includes(permission);
}

// Who is no more than the owner of stages does these at the own ones, as CheckStage of common/rpc/authorization.cc has it.
export const OF_STAGES = ["tickets.decide", "changes.ship_service", "engines.write"] as const;
// Who has it at all stages, and where there is none.
const ANYWHERE: Record<(typeof OF_STAGES)[number], string[]> = { "tickets.decide": ["lead"], "changes.ship_service": ["lead"], "engines.write": ["lead", "admin"] };

export function mayAt(permission: (typeof OF_STAGES)[number], stage: string): boolean {
  const { roles, stages } = state.session ?? {};
  return may(permission) && (!roles || ANYWHERE[permission].some((role) => roles.includes(role)) || Boolean(stages?.includes(stage)));
}

// Answers come from this machine or close by; a page that cannot be asked is shown all the same.
const SESSION_MS = 3_000;
const OPERATOR = "operator";
// When. Set by public/login.js, too: the cookie is not for scripts to see.
const SIGNED_IN = keptAs("dangol.signedIn");
// In its place.
const SIGNED_OUT = "";

// undefined: the gateway did not answer.
function askSession(): Promise<Response | undefined> {
  return fetch(`${BASE}/auth/session`, { signal: AbortSignal.timeout(SESSION_MS) }).catch(() => undefined);
}

// What is decided here is decided by who is signed in, and what that person may not do is not offered. Before the first page is shown.
export async function readSession(): Promise<void> {
  if (!localStorage.getItem(SIGNED_IN)) return;
  const answer = await askSession();
  if (answer?.status === 401) {
    localStorage.removeItem(SIGNED_IN);
    change({ ended: true });
  }
  if (!answer?.ok) return;
  const session = (await answer.json()) as Session;
  const member = memberName(session.name);
  if (member !== OPERATOR) {
    // Of a session that ended the drafts stay, for the same person.
    if (settings().member && settings().member !== member) dropDrafts();
    changeSettings({ member });
  }
  change({ session });
}

// Of the gateway's own addresses. The reason of the error; empty: it is done; none: the gateway did not answer.
export async function post(path: string, body: object): Promise<string | undefined> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${BASE}${path}`, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => undefined);
  if (!answer || answer.ok) return answer && "";
  const error = (await answer.json().catch(() => ({}))) as { details?: { debug?: { reason?: string } }[] };
  return error.details?.find((detail) => detail.debug?.reason)?.debug?.reason ?? "UNKNOWN";
}

// The page begins anew where it is of nobody yet, or of somebody else: what is shown, and what is sent, would be of two people. The same person goes on with
// what is open.
// False: nobody is signed in, or the gateway does not answer.
export async function resumeSession(): Promise<boolean> {
  if (state.session) {
    const answer = await askSession();
    if (!answer?.ok) return false;
    const session = (await answer.json()) as Session;
    if (session.name === state.session.name) {
      change({ session, refused: false });
      return true;
    }
  }
  location.reload();
  return true;
}

// The cookie is there.
export function beginSession(): Promise<boolean> {
  localStorage.setItem(SIGNED_IN, String(Date.now()));
  return resumeSession();
}

// Somebody signed in or out by another tab. Of a session that ended by itself nothing is told: what is open here stays for the same person.
export function followSession(): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key !== SIGNED_IN) return;
    if (newValue === SIGNED_OUT) location.reload();
    else if (newValue && (state.session || state.refused)) void resumeSession();
  });
}

export async function signOut(): Promise<void> {
  const answer = await fetch(`${BASE}/auth/logout`, { method: "POST", headers: { "content-type": "application/json" } }).catch(() => undefined);
  localStorage.setItem(SIGNED_IN, SIGNED_OUT);
  dropDrafts();
  // The identity provider has a session of its own, which ends there.
  const out = answer?.status === 200 ? ((await answer.json()) as { next?: string }) : {};
  if (out.next) location.assign(out.next);
  else location.reload();
}

export function useSession(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

// Said by public/login.js, once: a link was opened that signs nobody in, or that the gateway did not answer.
const LINK_TROUBLE = keptAs("dangol.linkTrouble");

let trouble: string | undefined;

// A key of `signIn.link` of the words, as long as the page stays; empty: none.
export function linkTrouble(): string {
  trouble ??= sessionStorage.getItem(LINK_TROUBLE) ?? "";
  sessionStorage.removeItem(LINK_TROUBLE);
  return trouble;
}
