// What complaints are about, as people call it.
import { useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";

import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { textIn } from "../base/names";
import { fullReason, lastReason, reasonTyped } from "../base/texts";
import { useWords } from "../words/words";

const REASONS_MAX = 1000;

export function useReasons() {
  return useQuery(PolicyService.method.listContactReasons, { pageSize: REASONS_MAX });
}

interface ReasonChoices {
  // Those that there are, for fields that offer them: by their path, and by what they are called.
  offered: { value: string; label: string }[];
  // The path that somebody means by what was typed.
  pathOf: (typed: string) => string;
}

export function useReasonChoices(): ReasonChoices {
  const { language } = useWords();
  const { data } = useReasons();
  return useMemo(() => {
    const names = new Map(data?.contactReasons.map((one) => [one.path, textIn(one.displayNames, language)]));
    const offered = [...names.keys()].map((path) => ({ value: path, label: fullReason(path, names) }));
    return { offered, pathOf: (typed) => reasonTyped(typed, names) };
  }, [data, language]);
}

export interface ReasonNames {
  // `delivery/late` → 배송 / 늦음
  full: (path: string) => string;
  // `delivery/late` → 늦음
  last: (path: string) => string;
}

// By its path where nobody named it, or as long as names are not there.
export function useReasonNames(): ReasonNames {
  const { language } = useWords();
  const { data } = useReasons();
  return useMemo(() => {
    const names = new Map(data?.contactReasons.map((one) => [one.path, textIn(one.displayNames, language)]));
    return { full: (path) => fullReason(path, names), last: (path) => lastReason(path, names) };
  }, [data, language]);
}
