// What can wait for the first picture.
import { useEffect, useState } from "react";

// True once the browser has shown what was there when `ready` became true.
export function usePainted(ready: boolean): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    if (!ready) return;
    const frame = requestAnimationFrame(() => setTimeout(() => setPainted(true)));
    return () => cancelAnimationFrame(frame);
  }, [ready]);
  return painted;
}
