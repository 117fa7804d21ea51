// Whether the window has no room for what stands beside a page where it is wide.
import { useSyncExternalStore } from "react";

const query = globalThis.matchMedia?.("(max-width: 1279px)");

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query?.addEventListener("change", listener);
      return () => query?.removeEventListener("change", listener);
    },
    () => query?.matches ?? false,
  );
}
