// The stages in their order, each with the number that stands for it.
import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { Kpi_Better, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { Sparkline } from "../../parts/sparkline";
import { useWords, type Formats } from "../../words/words";
import type { Bottleneck } from "./bottleneck";
import { activeStages, stageName, volumeOf } from "./data";
import { formatValue, formatWithUnit, isPartial, unitOf } from "./values";

// Asks where a number comes from.
export type OnWhy = (kpi: Kpi, point: Point) => void;

function formatDelta(kpi: Kpi, delta: number, f: Formats): string {
  return `${delta > 0 ? "+" : delta < 0 ? "−" : ""}${formatValue(kpi, Math.abs(delta), f)}`;
}

interface FigureProps {
  kpi: Kpi | undefined;
  points: Point[];
  href: string;
  name: string;
  // How probable it is that it holds the others up; absent: it does not.
  sure: number | undefined;
  onWhy: OnWhy;
}

function Figure({ kpi, points, href, name, sure, onWhy }: FigureProps) {
  const { t, f, language } = useWords();
  const last = points[points.length - 1];
  const before = points[points.length - 2];
  // Where the unit is a word of its own, it stands beside the large number alone.
  const brief = (of: Kpi, value: number) => (language === "ko" ? formatWithUnit(of, value, t, f) : formatValue(of, value, f));
  const delta = last?.value !== undefined && before?.value !== undefined ? last.value - before.value : undefined;
  const partial = Boolean(kpi && isPartial(kpi, last));
  const worse = delta !== undefined && !last?.soFar && !partial && ((kpi?.better === Kpi_Better.HIGHER && delta < 0) || (kpi?.better === Kpi_Better.LOWER && delta > 0));
  return (
    <li className={["stage", last?.value === undefined && "none", sure !== undefined && "hot"].filter(Boolean).join(" ")}>
      <Link className="nm" href={href}>
        {name}
      </Link>
      {kpi && <span className="kn">{textIn(kpi.displayNames, language)}</span>}
      {kpi && last?.value !== undefined ? (
        <button type="button" className="hero number" title={t.why.ask} onClick={() => onWhy(kpi, last)}>
          {formatValue(kpi, last.value, f)}
          <small>{unitOf(kpi, t, last.value)}</small>
        </button>
      ) : (
        <span className="hero">–</span>
      )}
      <span className={worse ? "dl bad" : "dl"}>
        <span className="nw">
          {kpi && delta !== undefined
            ? partial
              ? t.engine.wasBefore(brief(kpi, before!.value!))
              : t.engine.delta(formatDelta(kpi, delta, f))
            : last?.value === undefined
              ? t.engine.awaited
              : t.engine.nothingBefore}
        </span>
        {last?.value !== undefined && (last.soFar || partial) && <span className="t3 nw so-far">{last.soFar ? t.engine.soFar : t.engine.daysMissing(f.count(last.missing))}</span>}
      </span>
      <Sparkline values={points.map((point) => (kpi && point !== last && isPartial(kpi, point) ? undefined : point.value))} target={last?.target} partial={partial} />
      {last?.target !== undefined && kpi && <span className="tg">{t.engine.target(brief(kpi, last.target))}</span>}
      {sure !== undefined && <span className="hotlab">{t.neck.sure(f.percent(sure, 0))}</span>}
    </li>
  );
}

interface ChainProps {
  engine: Engine;
  kpis: Kpi[];
  points: Map<string, Point[]>;
  neck: Bottleneck | undefined;
  onWhy: OnWhy;
}

export function Chain({ engine, kpis, points, neck, onWhy }: ChainProps) {
  const { language } = useWords();
  const stages = activeStages(engine);
  return (
    <ol className="chain" style={{ "--stages": stages.length }}>
      {stages.map((stage) => {
        const name = stageName(engine, stage);
        const kpi = volumeOf(name, kpis);
        return (
          <Figure
            key={name}
            kpi={kpi}
            points={kpi ? (points.get(kpi.name) ?? []) : []}
            href={`/stage/${idOf(engine.name)}/${stage.stageId}`}
            name={textIn(stage.displayNames, language)}
            sure={neck?.stage === name ? neck.probability : undefined}
            onWhy={onWhy}
          />
        );
      })}
    </ol>
  );
}
