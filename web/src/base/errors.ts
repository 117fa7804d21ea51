// An error as a sentence for the person who sees it.
import { Code, ConnectError } from "@connectrpc/connect";

import { BadRequestSchema, ErrorInfoSchema } from "@protos/google/rpc/error_details_pb";
import type { Words } from "../words/words";

export interface Explained {
  sentence: string;
  // The service's own words on wrong fields, which are English.
  fields: { field: string; description: string }[];
}

// The request did not come as far as the gateway.
export function isUnreachable(error: unknown): boolean {
  const failure = ConnectError.from(error);
  return failure.code === Code.Unknown && failure.cause instanceof TypeError;
}

// Why it was refused, for programs; empty: it is not said.
export function reasonOf(error: unknown): string {
  return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason ?? "";
}

// In a form, which goes on showing what it was opened with.
export function explainInForm(error: unknown, t: Words): Explained {
  const reasons: Record<string, string> = t.reasons;
  const explained = explain(error, t, true);
  return { ...explained, sentence: reasons[`${reasonOf(error)}_IN_FORM`] ?? explained.sentence };
}

// `written`: it was to be done, and not only read.
export function explain(error: unknown, t: Words, written = false): Explained {
  const failure = ConnectError.from(error);
  const reasons: Record<string, string> = t.reasons;
  const info = failure.findDetails(ErrorInfoSchema)[0];
  const away = info?.reason === "SERVICE_AWAY" && info.metadata.service;
  const sentence =
    (away ? (written ? t.error.notDone : t.error.service)(t.service[away] ?? away) : undefined) ??
    reasons[info?.reason ?? ""] ?? (isUnreachable(error) ? t.error.title : (t.error.code[failure.code] ?? t.error.unknown));
  const fields = failure.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  return { sentence, fields: fields.map(({ field, description }) => ({ field, description })) };
}
