// What the change did for those who complained: how many were answered, how soon, and who came back.
import { useQuery } from "@connectrpc/connect-query";

import { Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { Failure } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { waitingOf } from "./transitions";

// `first`: it is what there is to say of the change.
export function Outcome({ change, first }: { change: Change; first: boolean }) {
  const { t, f } = useWords();
  const shipped = change.shipments.length > 0;
  const query = useQuery(LoopService.method.summarizeLoop, { change: change.name }, { enabled: shipped });
  const { answered = 0n, late = 0n, recurrences = 0n } = change.evidence ?? {};
  const waiting = waitingOf(change);
  if (change.state === Change_State.DROPPED) return null;
  if (!shipped) {
    return (
      <section className="vsec">
        <p className="vsay">{t.change.waitingSay(f.count(waiting))}</p>
        <p className="sub">{t.change.waitingSub}</p>
      </section>
    );
  }
  const half = query.data?.loopTimeP50Seconds ?? -1n;
  const most = query.data?.loopTimeP90Seconds ?? -1n;
  const time = (seconds: bigint) => f.duration(Number(seconds) * 1000);
  return (
    <section className={first ? "vsec" : ""}>
      {first ? <p className="vsay">{t.change.answeredSay(f.count(answered))}</p> : <h3>{t.change.answeredSay(f.count(answered))}</h3>}
      <p className="sub">
        {recurrences ? t.change.recurrenceSome(f.count(recurrences)) : t.change.recurrenceNone}
        {late > 0n && ` ${t.change.lateSay(f.count(late))}`}
        {waiting > 0n && ` ${t.change.waitingSay(f.count(waiting))}`}
      </p>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {half >= 0n && (
        <div className="figs">
          <div>
            <b>{time(half)}</b>
            <span>
              {t.change.loopTime}, {t.change.loopHalf}
            </span>
          </div>
          <div>
            <b>{time(most)}</b>
            <span>{t.change.loopMost}</span>
          </div>
          <div>
            <b className={recurrences ? "bad" : ""}>{f.count(recurrences)}</b>
            <span>{t.change.numberRecurrences}</span>
          </div>
        </div>
      )}
      {half >= 0n && <Why text={t.change.loopTimeWhy} />}
    </section>
  );
}
