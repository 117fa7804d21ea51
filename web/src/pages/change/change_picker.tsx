// One of the other changes that complaints are accepted into.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useId, useState } from "react";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { PAGED, useAllPages } from "../../base/pages";
import { matches } from "../../base/texts";
import { ChangeChip, Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { ACCEPTING } from "../inbox/views";

const SHOWN_MAX = 50;

interface Props {
  label: string;
  // The one that is not offered, and the one that is chosen; empty: none.
  besides: string;
  value: string;
  onValue: (change: string) => void;
}

export function ChangePicker({ label, besides, value, onValue }: Props) {
  const { t, f } = useWords();
  const group = useId();
  const query = useInfiniteQuery(ChangeService.method.listChanges, { states: ACCEPTING, pageSize: 200, pageToken: "" }, PAGED);
  useAllPages(query);
  const [typed, setTyped] = useState("");
  const others = (query.data?.pages.flatMap((page) => page.changes) ?? []).filter((one) => one.name !== besides && (!typed || matches(one.title, typed)));
  return (
    <>
      <input className="search" type="text" aria-label={t.inbox.acceptSearch} placeholder={t.inbox.acceptSearch} autoFocus autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      <div className="picks" role="radiogroup" aria-label={label}>
        {others.slice(0, SHOWN_MAX).map((one) => (
          <label key={one.name} className={one.name === value ? "pick on" : "pick"}>
            <input type="radio" name={group} checked={one.name === value} onChange={() => onValue(one.name)} />
            <span>
              <b>{one.title}</b>
              <small>
                <ChangeChip state={one.state} /> {t.inbox.acceptDemands(f.count(one.evidence?.demands ?? 0n))}
              </small>
            </span>
          </label>
        ))}
      </div>
      {query.error && <Failure error={query.error} />}
    </>
  );
}
