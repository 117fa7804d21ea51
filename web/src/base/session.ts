// Who is signed in. Where this machine is trusted nobody has to be, and the gateway knows no session.
import { useSyncExternalStore } from "react";

import { changeSettings } from "./settings";
import { memberName } from "./texts";

export interface Session {
  // Of the member, or `operator`.
  name: string;
  roles: string[];
}

interface State {
  session?: Session;
  // A call was refused, since nobody is signed in: pages have nothing to show.
  refused: boolean;
}

let state: State = { refused: false };
const listeners = new Set<() => void>();

function change(next: Partial<State>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

export function refuse(): void {
  if (!state.refused) change({ refused: true });
}

const OPERATOR = "operator";
// Set by public/login.js: the cookie is not for scripts to see.
const SIGNED_IN = "dangol.signedIn";

// What is decided here is decided by who is signed in.
export async function readSession(): Promise<void> {
  if (!localStorage.getItem(SIGNED_IN)) return;
  const answer = await fetch("/auth/session").catch(() => undefined);
  if (answer?.status === 401) localStorage.removeItem(SIGNED_IN);
  if (!answer?.ok) return;
  const session = (await answer.json()) as Session;
  const member = memberName(session.name);
  if (member !== OPERATOR) changeSettings({ member });
  change({ session });
}

export async function signOut(): Promise<void> {
  await fetch("/auth/logout", { method: "POST", headers: { "content-type": "application/json" } }).catch(() => undefined);
  localStorage.removeItem(SIGNED_IN);
  location.reload();
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
