// A text that is being written, kept on this device until it is sent.
import { useCallback, useEffect, useState } from "react";

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function useDraft(name: string): [string, (text: string) => void] {
  const key = `dangol.draft.${name}`;
  const [text, setText] = useState(() => read(key));
  useEffect(() => setText(read(key)), [key]);
  const write = useCallback(
    (next: string) => {
      setText(next);
      try {
        if (next) localStorage.setItem(key, next);
        else localStorage.removeItem(key);
      } catch {
        // Storage is full or forbidden: the text stays as long as the page does.
      }
    },
    [key],
  );
  return [text, write];
}
