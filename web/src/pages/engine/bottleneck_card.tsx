// The stage that holds the others up: what is complained of there, what waits for a decision, and how much of the work goes there.
import { useQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { Kpi_Kind, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { ReasonBars, useStageComplaints } from "../stage/complaints";
import { bottleneckOf, effortElsewhere, type Bottleneck } from "./bottleneck";
import { activeStages, stageName, volumeOf } from "./data";
import { isPartial } from "./values";

const TICKETS_MAX = 200;
const CHANGES_MAX = 200;
const REASONS = 3;
const DATES = 2;

// By the newest period that is whole: half a week has not reached the target of a week.
function wholeOf(kpi: Kpi, points: Point[] | undefined): Point | undefined {
  return points?.filter((point) => !point.soFar && !isPartial(kpi, point)).slice(-1)[0];
}

export function useBottleneck(engine: Engine, kpis: Kpi[], points: Map<string, Point[]>): Bottleneck | undefined {
  return bottleneckOf(
    activeStages(engine).flatMap((stage) => {
      const kpi = volumeOf(stageName(engine, stage), kpis);
      const point = kpi && wholeOf(kpi, points.get(kpi.name));
      if (!kpi || point?.value === undefined || point.target === undefined) return [];
      return [{ stage: stageName(engine, stage), value: point.value, target: point.target, counted: kpi.kind === Kpi_Kind.COUNT }];
    }),
  );
}

function Fact({ href, count, name, detail }: { href: string; count: string; name: string; detail: string }) {
  return (
    <Link href={href}>
      <b>{count}</b>
      <span>{name}</span>
      <em>{detail}</em>
    </Link>
  );
}

interface Props {
  engine: Engine;
  neck: Bottleneck;
  // The period by which it is one.
  period: Point | undefined;
}

export function BottleneckCard({ engine, neck, period }: Props) {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  const nameOf = (name: string | undefined) => textIn(engine.stages.find((one) => stageName(engine, one) === name)?.displayNames ?? {}, language);
  const { stage } = neck;
  const lately = useStageComplaints(stage);
  const undecided = useQuery(TicketService.method.listTickets, { stage, states: [Ticket_State.RECEIVED, Ticket_State.HEARD], pageSize: TICKETS_MAX }).data;
  const work = useQuery(ChangeService.method.listChanges, { states: [Change_State.PLANNED, Change_State.IN_PROGRESS], pageSize: CHANGES_MAX }).data?.changes ?? [];
  const here = work.filter((change) => change.stage === stage);
  const elsewhere = effortElsewhere(work, stage);
  const waiting = undecided?.tickets ?? [];
  // The newest come first.
  const oldest = dateOf(waiting[waiting.length - 1]?.receiveTime);
  const dates = here.flatMap((change) => dateOf(change.targetTime) ?? []).sort((one, other) => one.getTime() - other.getTime());
  const href = `/stage/${idOf(engine.name)}/${idOf(stage)}`;
  return (
    <section className="neck" aria-labelledby="neck">
      <div className="neck-say">
        <h3 id="neck">{t.neck.title(nameOf(stage))}</h3>
        <p>{t.neck.say(nameOf(stage), nameOf(neck.before), f.percent(neck.short, 0))}</p>
        {elsewhere === undefined ? (
          <p>{t.neck.noWork}</p>
        ) : (
          <>
            <p>{elsewhere === 0 ? t.neck.allHere : elsewhere === 1 ? t.neck.noneHere : t.neck.elsewhere(f.percent(elsewhere, 0))}</p>
            <i className="bar split" style={{ "--w": `${100 * (1 - elsewhere)}%` }} />
            <p className="meta splitl">
              <span>{t.neck.here(f.percent(1 - elsewhere, 0))}</span>
              <span>{t.neck.others(f.percent(elsewhere, 0))}</span>
            </p>
          </>
        )}
      </div>
      <div className="facts4">
        <Fact href={href} count={lately.said} name={t.stage.complaints} detail={t.neck.lately(f.count(lately.days), lately.before)} />
        <Fact
          href={waiting[0] ? "/inbox" : href}
          count={f.count(waiting.length) + (undecided?.nextPageToken ? "+" : "")}
          name={t.neck.undecided}
          detail={oldest ? t.neck.oldest(f.age(now.getTime() - oldest.getTime())) : ""}
        />
        <Fact href="/board" count={f.count(here.length)} name={t.neck.planned} detail={dates.slice(0, DATES).map((date) => f.date(date, now)).join(", ")} />
      </div>
      {lately.groups.length > 0 && (
        <>
          <p className="meta rh">{t.neck.points}</p>
          <ReasonBars groups={lately.groups.slice(0, REASONS)} />
        </>
      )}
      <Why text={t.neck.why(period ? f.range(noonOf(period.firstDay), noonOf(period.lastDay), now) : "", f.percent(neck.probability, 0))} />
    </section>
  );
}

// The period that the bottleneck is told of.
export function periodOf(kpis: Kpi[], points: Map<string, Point[]>, stage: string): Point | undefined {
  const kpi = volumeOf(stage, kpis);
  return kpi && wholeOf(kpi, points.get(kpi.name));
}
