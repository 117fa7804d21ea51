// One sentence about what was just done, with the way back where there is one.
import { useSyncExternalStore } from "react";

import type { Words } from "../words/words";
import { explain } from "./errors";

export interface Toast {
  id: number;
  text: string;
  bad?: boolean;
  undo?: () => void;
  untilMs: number;
}

const SHOWN_MS = 5_000;
const UNDO_MS = 10_000;

let current: Toast | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function show(toast: Toast | undefined): void {
  current = toast;
  clearTimeout(timer);
  if (toast) timer = setTimeout(() => show(undefined), toast.untilMs - Date.now());
  for (const listener of listeners) listener();
}

export function say(text: string, options: { undo?: () => void; bad?: boolean } = {}): void {
  show({ id: (current?.id ?? 0) + 1, text, untilMs: Date.now() + (options.undo ? UNDO_MS : SHOWN_MS), ...options });
}

export function sayFailure(error: unknown, t: Words): void {
  say(explain(error, t, true).sentence, { bad: true });
}

export function undoLast(): void {
  const undo = current?.undo;
  if (!undo) return;
  show(undefined);
  undo();
}

export function useToast(): Toast | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
