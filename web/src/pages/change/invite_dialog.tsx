// i: who is shown the change before it ships, of those who ask for it and agreed to be asked.
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import type { Change, Demand } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { changes, readAnew } from "../../base/api";
import { putChange } from "../../base/cache";
import { requestId } from "../../base/ids";
import { firstWords } from "../../base/texts";
import { say } from "../../base/toast";
import { useShownWords, useWho } from "../../parts/customer";
import { FormDialog } from "../../parts/dialog";
import { Failure, Wrong } from "../../parts/small";
import { useWords } from "../../words/words";
import { candidatesOf, INVITED_MOST } from "./preview_values";
import { useDemands } from "./use_demands";

const SHOWN = 20;

function Candidate({ demand, chosen, onChosen }: { demand: Demand; chosen: boolean; onChosen: (chosen: boolean) => void }) {
  const { t } = useWords();
  const ticket = useQuery(TicketService.method.getTicket, { name: demand.ticket }).data;
  const { name } = useWho(ticket && !ticket.anonymous ? ticket.customer : "");
  const channel = ticket?.source?.channel ?? "";
  const who = name || t.channel[channel] || channel;
  const words = useShownWords(ticket, ticket ? firstWords(ticket) : "");
  return (
    <label className={chosen ? "pick on" : "pick"}>
      <input type="checkbox" checked={chosen} onChange={(event) => onChosen(event.currentTarget.checked)} />
      <span>
        <b>{who || words}</b>
        <small dir="auto">{[demand.previewRound > 0 && t.preview.seen, who && words].filter(Boolean).join(" · ")}</small>
      </span>
    </label>
  );
}

export function InviteDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  const { t, f } = useWords();
  const query = useDemands(change.name, true);
  const candidates = candidatesOf(query.demands).slice(0, INVITED_MOST);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [shown, setShown] = useState(SHOWN);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const choose = (ticket: string, is: boolean) => setChosen((old) => new Set(is ? [...old, ticket] : [...old].filter((one) => one !== ticket)));
  const everybody = candidates.length > 0 && candidates.every(({ ticket }) => chosen.has(ticket));
  const send = async () => {
    putChange(await changes.inviteToPreview({ name: change.name, etag: change.etag, requestId: id, tickets: [...chosen] }));
    await readAnew(ChangeService);
    say(t.preview.invited(f.count(chosen.size)));
  };
  return (
    <FormDialog
      title={t.preview.inviteTitle}
      submit={t.preview.inviteDo}
      impact={t.preview.inviteImpact}
      check={() => {
        setTried(true);
        return chosen.size > 0;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <label className="tick">
        <input type="checkbox" checked={everybody} autoFocus onChange={(event) => setChosen(new Set(event.currentTarget.checked ? candidates.map(({ ticket }) => ticket) : []))} />
        {t.preview.everybody(f.count(candidates.length))}
      </label>
      <div className="picks" role="group" aria-label={t.preview.inviteTitle}>
        {candidates.slice(0, shown).map((demand) => (
          <Candidate key={demand.name} demand={demand} chosen={chosen.has(demand.ticket)} onChosen={(is) => choose(demand.ticket, is)} />
        ))}
      </div>
      {candidates.length > shown && (
        <button type="button" className="btn quiet" onClick={() => setShown(shown + SHOWN)}>
          {t.more}
        </button>
      )}
      <Wrong sentence={tried && !chosen.size ? t.preview.chooseSome : ""} />
    </FormDialog>
  );
}
