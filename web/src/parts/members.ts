// How those who work here are called.
import { createClient } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { useCallback } from "react";

import { MemberService } from "@protos/dangol/metrics/v1/member_service_pb";
import { readAnew, transport } from "../base/api";
import { memberName } from "../base/texts";
import { useWords, type Words } from "../words/words";

const MEMBERS_MAX = 1000;

export const members = createClient(MemberService, transport);

export const readMembersAnew = () => readAnew(MemberService);

export function useMembers() {
  return useQuery(MemberService.method.listMembers, { pageSize: MEMBERS_MAX });
}

// `members/minjae` → 최민재; as long as it is not known, minjae. Of several services one may be away, and the page is still read.
// Not all that acts is a member: who runs the suite, its services, programs with a token.
export function useMemberNames(): (name: string) => string {
  const { data } = useMembers();
  const { t } = useWords();
  return useCallback((name) => data?.members.find((one) => one.name === name)?.displayName || nameOfCaller(name, t), [data, t]);
}

export function nameOfCaller(name: string, t: Pick<Words, "caller" | "service">): string {
  const [kind, id = ""] = name.split("/");
  if (kind === "services") return t.caller.service(t.service[id] ?? id);
  if (kind === "tokens") return t.caller.token(id);
  return memberName(name) === "operator" ? t.caller.operator : memberName(name);
}
