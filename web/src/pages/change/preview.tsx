// Shown to some before it ships: who was invited, and what they say of it.
import { useQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";

import { Demand_PreviewAnswer, type Change, type Demand } from "@protos/dangol/backlog/v1/change_pb";
import { RecordPreviewAnswerRequest_Answer as Answer } from "@protos/dangol/tickets/v1/ticket_requests_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { useActions } from "../../base/actions";
import { idOf } from "../../base/ids";
import { may } from "../../base/session";
import { firstWords } from "../../base/texts";
import { useShownWords, useWho } from "../../parts/customer";
import { Failure, Key } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { AnswerPreviewDialog } from "./answer_preview_dialog";
import { InviteDialog } from "./invite_dialog";
import { invitedOf, mayAnswer, mayShow, silentOf } from "./preview_values";
import { useDemands } from "./use_demands";

const SHOWN = 10;

function Invited({ demand, change }: { demand: Demand; change: Change }) {
  const { t, f } = useWords();
  const [answering, setAnswering] = useState<Answer>();
  const ticket = useQuery(TicketService.method.getTicket, { name: demand.ticket }).data;
  const { name } = useWho(ticket && !ticket.anonymous ? ticket.customer : "");
  const channel = ticket?.source?.channel ?? "";
  const who = name || t.channel[channel] || channel || t.loop.toTicket;
  const words = useShownWords(ticket, ticket ? firstWords(ticket) : "");
  const said = demand.previewAnswer !== Demand_PreviewAnswer.PREVIEW_ANSWER_UNSPECIFIED;
  const fixed = demand.previewAnswer === Demand_PreviewAnswer.FIXED;
  return (
    <li>
      <Link href={`/inbox/${idOf(demand.ticket)}?view=all`}>{who}</Link>
      <span className="t3 cut" dir="auto">
        {words}
      </span>
      <span className="said">
        {said ? (
          <span className={fixed ? "good" : "bad"}>
            {fixed ? "▲" : "▼"} {fixed ? t.preview.fixed : t.preview.notFixed}
          </span>
        ) : (
          <span className="t3">{change.previewRounds > 1 ? t.preview.waitsOf(f.count(demand.previewRound)) : t.preview.waits}</span>
        )}
        {mayAnswer(demand) && may("tickets.write") && (
          <button type="button" className="linky" disabled={!ticket} aria-label={`${who}: ${said ? t.preview.noteAgain : t.preview.note}`} onClick={() => setAnswering(fixed ? Answer.FIXED : said ? Answer.NOT_FIXED : Answer.ANSWER_UNSPECIFIED)}>
            {said ? t.preview.noteAgain : t.preview.note}
          </button>
        )}
      </span>
      {answering !== undefined && ticket && <AnswerPreviewDialog ticket={ticket} words={words} change={change.name} first={answering} onClose={() => setAnswering(undefined)} />}
    </li>
  );
}

export function Preview({ change }: { change: Change }) {
  const { t, f } = useWords();
  const { mayAsk = 0n, invited = 0n, fixed = 0n, notFixed = 0n } = change.evidence ?? {};
  const [inviting, setInviting] = useState(false);
  const [all, setAll] = useState(false);
  const query = useDemands(change.name, invited > 0n);
  const offered = mayShow(change) && may("changes.write") && mayAsk > 0n;
  const actions = useMemo(() => (offered ? [{ id: "invite", label: t.preview.invite, group: t.keys.groupDecide, keys: ["i"], run: () => setInviting(true) }] : []), [t, offered]);
  useActions(actions);
  // Once it has shipped there is nothing to say unless somebody was shown.
  if (!change.previewRounds && !(mayShow(change) && change.evidence?.demands)) return null;
  const rows = invitedOf(query.demands);
  const shown = all ? rows : rows.slice(0, SHOWN);
  const silent = silentOf(change);
  return (
    <section>
      <h3>{t.preview.title}</h3>
      <p className="sub">
        {invited > 0n
          ? t.preview.say(f.count(invited), f.count(fixed), f.count(notFixed), silent > 0n ? f.count(silent) : "")
          : mayAsk > 0n
            ? t.preview.canAsk(f.count(mayAsk))
            : t.preview.nobody}
      </p>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {shown.length > 0 && (
        <ul className="invited">
          {shown.map((demand) => (
            <Invited key={demand.name} demand={demand} change={change} />
          ))}
        </ul>
      )}
      {rows.length > shown.length && (
        <button type="button" className="btn quiet more-words" onClick={() => setAll(true)}>
          {t.more}
        </button>
      )}
      {offered && (
        <p className="alt">
          <button type="button" className="btn" onClick={() => setInviting(true)}>
            {t.preview.invite} <Key of="i" />
          </button>
        </p>
      )}
      {invited > 0n && <Why text={t.preview.why} />}
      {inviting && <InviteDialog change={change} onClose={() => setInviting(false)} />}
    </section>
  );
}
