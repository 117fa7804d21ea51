// What a form was opened with, whatever the live stream tells since: its fields show it, and what is stored is merged into it and goes with its etag. So what
// somebody else changed meanwhile is refused as ETAG_MISMATCH, and not overwritten unseen.
import { useState } from "react";

export function useSeen<T>(value: T): T {
  return useState({ value })[0].value;
}
