// What is said about the numbers of a period, and replies to it.
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";

import type { Granularity, Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { RemarkSchema, type Remark } from "@protos/dangol/metrics/v1/report_pb";
import { ReviewService } from "@protos/dangol/metrics/v1/review_service_pb";
import { readAnew, transport } from "../../base/api";
import { noonOf } from "../../base/days";
import { useDraft } from "../../base/draft";
import { explain } from "../../base/errors";
import { requestId } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { TalkField } from "../../parts/fields";
import { memberOfDevice } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { Failure, Wrong } from "../../parts/small";
import { useWords } from "../../words/words";
import { threadsOf } from "./threads";

export const reviews = createClient(ReviewService, transport);

interface FormProps {
  // Of one KPI; several: which one is asked.
  kpis: Kpi[];
  engine: string;
  granularity: Granularity;
  day: string;
  replyTo?: Remark | undefined;
  onSaid: () => void;
}

function RemarkForm({ kpis, engine, granularity, day, replyTo, onSaid }: FormProps) {
  const { t, language } = useWords();
  const [body, setBody, clearBody] = useDraft(`${kpis.length === 1 ? kpis[0]!.name : engine}.remark${replyTo ? `.${replyTo.name}` : ""}`);
  const [picked, setPicked] = useState(kpis[0]!.name);
  const [failure, setFailure] = useState("");
  const [sending, setSending] = useState(false);
  const id = useRef(requestId());
  const send = async () => {
    if (!body.trim() || sending) return;
    const author = memberOfDevice();
    if (!author) return setFailure(t.inbox.whoFirst);
    const about = replyTo ? { kpi: replyTo.kpi, granularity: replyTo.granularity, firstDay: replyTo.firstDay, replyTo: replyTo.name } : { kpi: picked, granularity, firstDay: day };
    setSending(true);
    try {
      await reviews.createRemark({ parent: engine, remark: create(RemarkSchema, { ...about, author, body: body.trim() }), requestId: id.current });
      id.current = requestId();
      clearBody(body);
      setFailure("");
      await readAnew(ReviewService);
      onSaid();
    } catch (error) {
      setFailure(explain(error, t).sentence);
    }
    setSending(false);
  };
  const label = replyTo ? t.remark.reply : t.remark.say;
  return (
    <form
      className="comment-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {!replyTo && kpis.length > 1 && (
        <select aria-label={t.engine.kpi} value={picked} onChange={(event) => setPicked(event.currentTarget.value)}>
          {kpis.map((kpi) => (
            <option key={kpi.name} value={kpi.name}>
              {textIn(kpi.displayNames, language)}
            </option>
          ))}
        </select>
      )}
      <TalkField rows={1} label={label} about={kpis.length === 1 ? textIn(kpis[0]!.displayNames, language) : undefined} value={body} onValue={setBody} onSend={() => void send()} autoFocus={Boolean(replyTo)} />
      <button type="submit" className="btn" disabled={!body.trim() || sending}>
        {t.inbox.send}
      </button>
      <Wrong sentence={failure} />
    </form>
  );
}

interface Props {
  engine: string;
  kpis: Kpi[];
  // What a new remark is about.
  granularity: Granularity;
  day: string;
  // The first day of that period: only what was said of it; absent: of any.
  firstDay?: string | undefined;
}

export function Remarks({ engine, kpis, granularity, day, firstDay }: Props) {
  const nameOf = useMemberNames();
  const { t, f, language } = useWords();
  const now = useNow();
  const [replying, setReplying] = useState("");
  const kpi = kpis.length === 1 ? kpis[0]!.name : "";
  const query = useQuery(ReviewService.method.listRemarks, { parent: engine, kpi, pageSize: 200 });
  const names = new Map(kpis.map((one) => [one.name, textIn(one.displayNames, language)]));
  const threads = threadsOf(query.data?.remarks ?? [], firstDay === undefined ? undefined : { granularity, firstDay });
  const line = (remark: Remark) => {
    const said = dateOf(remark.createTime);
    return (
      <>
        <p>
          <b>{nameOf(remark.author)}</b> <time className="t3">{said && f.dateTime(said, now)}</time>
          {!remark.replyTo && <span className="t3"> · {[!kpi && names.get(remark.kpi), f.date(noonOf(remark.firstDay), now)].filter(Boolean).join(" · ")}</span>}
        </p>
        <p className="lines" dir="auto">
          {remark.body}
        </p>
      </>
    );
  };
  if (!kpis.length) return null;
  return (
    <div className="remarks">
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <ul className="comments">
        {threads.map(({ remark, replies }) => (
          <li key={remark.name}>
            {line(remark)}
            {replies.length > 0 && (
              <ul>
                {replies.map((reply) => (
                  <li key={reply.name}>{line(reply)}</li>
                ))}
              </ul>
            )}
            {!may("metrics.enter") ? null : replying === remark.name ? (
              <RemarkForm kpis={kpis} engine={engine} granularity={granularity} day={day} replyTo={remark} onSaid={() => setReplying("")} />
            ) : (
              <button type="button" className="btn quiet" onClick={() => setReplying(remark.name)}>
                {t.remark.reply}
              </button>
            )}
          </li>
        ))}
      </ul>
      {may("metrics.enter") && <RemarkForm kpis={kpis} engine={engine} granularity={granularity} day={day} onSaid={() => undefined} />}
    </div>
  );
}
