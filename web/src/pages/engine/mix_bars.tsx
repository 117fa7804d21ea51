// A bar for each month, the newest first, parted by how the work was done, with the generation at its end. A hidden table has every strategy.
import type { StrategyMonth } from "@protos/dangol/metrics/v1/strategy_pb";
import { ChartTable } from "../../parts/chart_table";
import { useWords } from "../../words/words";
import { PARTS, shareOf } from "./mix_values";

interface Props {
  label: string;
  // The oldest first.
  months: { name: string; month: StrategyMonth }[];
  // The month whose shares are told.
  shown: StrategyMonth;
  // Of the table.
  head: string[];
}

export function MixBars({ label, months, shown, head }: Props) {
  const { t, f } = useWords();
  const said = ({ generation }: StrategyMonth) => (generation === undefined ? "–" : f.decimal(generation, 1));
  return (
    <figure role="group" aria-label={label} className="mix-bars">
      <p className="mix-parts">
        {PARTS.map(({ id, of }) => (
          <span key={id}>
            <i className={id} aria-hidden="true" /> {t.strategy.parts[id]} <b>{f.percent(shareOf(shown, of), 0)}</b>
          </span>
        ))}
      </p>
      <ol aria-hidden="true">
        <li className="mix-head">
          <span />
          <span />
          <span>{t.strategy.generation}</span>
        </li>
        {[...months].reverse().map(({ name, month }) => (
          <li key={month.firstDay} className={month.soFar ? "so-far-bar" : ""}>
            <span>{name}</span>
            <span className="mix-bar">
              {PARTS.map(({ id, of }) => {
                const share = shareOf(month, of);
                return share > 0 && <i key={id} className={id} style={{ flexGrow: share }} />;
              })}
            </span>
            <span className={month === shown ? "now" : ""}>{said(month)}</span>
          </li>
        ))}
      </ol>
      <ChartTable label={label} head={head} rows={months.map(({ name, month }) => [name, ...month.strategies.map(({ count }) => f.count(count)), said(month)])} />
    </figure>
  );
}
