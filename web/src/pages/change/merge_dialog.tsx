// Two changes are about the same: one takes the place of the other, with all who ask for it.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { useLocation } from "wouter";

import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { changes as api } from "../../base/api";
import { putChange } from "../../base/cache";
import { idOf, requestId } from "../../base/ids";
import { PAGED, useAllPages } from "../../base/pages";
import { matches } from "../../base/texts";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { ChangeChip, Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { ACCEPTING } from "../inbox/views";

const SHOWN_MAX = 50;

export function MergeDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  const { t, f } = useWords();
  const [, go] = useLocation();
  const query = useInfiniteQuery(ChangeService.method.listChanges, { states: ACCEPTING, pageSize: 200, pageToken: "" }, PAGED);
  useAllPages(query);
  const [typed, setTyped] = useState("");
  const [survivor, setSurvivor] = useState("");
  const [id] = useState(requestId);
  const others = (query.data?.pages.flatMap((page) => page.changes) ?? []).filter((one) => one.name !== change.name && (!typed || matches(one.title, typed)));
  const send = async () => {
    const { changes } = await api.mergeChanges({ name: change.name, etag: change.etag, survivor, requestId: id });
    changes.forEach(putChange);
    say(t.change.merged);
    go(`/changes/${idOf(survivor)}`);
  };
  return (
    <FormDialog
      title={t.change.mergeTitle}
      submit={t.change.merge}
      impact={t.change.mergeImpact(f.count(change.evidence?.demands ?? 0n))}
      bad
      check={() => Boolean(survivor)}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2 about">{change.title}</p>
      <input className="search" type="text" aria-label={t.inbox.acceptSearch} placeholder={t.inbox.acceptSearch} autoFocus autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      <div className="picks" role="radiogroup" aria-label={t.change.mergeTitle}>
        {others.slice(0, SHOWN_MAX).map((one) => (
          <label key={one.name} className={one.name === survivor ? "pick on" : "pick"}>
            <input type="radio" name="survivor" checked={one.name === survivor} onChange={() => setSurvivor(one.name)} />
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
    </FormDialog>
  );
}
