// A text that is being written, kept on this device until it is sent.
import { useCallback, useEffect, useState } from "react";

import { keptAs } from "./place";

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

const PREFIX = `${keptAs("dangol.draft")}.`;

// Whether something is kept that was not sent yet.
export function hasDrafts(): boolean {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith(PREFIX));
  } catch {
    return false;
  }
}

// Whoever signs out leaves nothing of what was typed to the next who sits there.
export function dropDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

function keep(key: string, text: string): void {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // Storage is full or forbidden: the text stays as long as the page does.
  }
}

// The text, what changes it, and what takes away a text that was sent: what was typed since stays.
export function useDraft(name: string): [string, (text: string) => void, (sent: string) => void] {
  const key = PREFIX + name;
  const [text, setText] = useState(() => read(key));
  useEffect(() => setText(read(key)), [key]);
  const write = useCallback(
    (next: string) => {
      setText(next);
      keep(key, next);
    },
    [key],
  );
  const clear = useCallback(
    (sent: string) => {
      setText((now) => (now === sent ? "" : now));
      if (read(key) === sent) keep(key, "");
    },
    [key],
  );
  return [text, write, clear];
}
