// Where the count of a state comes from: day by day, as the ledger has it.
import { Link } from "wouter";

import type { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { noonOf } from "../../base/days";
import { WhyDialog } from "../../parts/why_dialog";
import { useWords } from "../../words/words";

interface Props {
  state: Ticket_State;
  days: string[];
  series: number[];
  href: string;
  onClose: () => void;
}

export function WhyState({ state, days, series, href, onClose }: Props) {
  const { t, f } = useWords();
  const name = t.ticketState[state]!;
  const head = [t.loop.day, name];
  const rows = days.map((day, index) => ({ day, count: series[index]! })).reverse();
  return (
    <WhyDialog
      name={name}
      value={t.loop.times(f.count(series.reduce((sum, count) => sum + count, 0)))}
      period={f.range(noonOf(days[0]!), noonOf(days[days.length - 1]!))}
      facts={[
        [t.why.formula, t.loop.whyFormula],
        [t.why.source, t.loop.whySource],
        [t.why.days, t.loop.whyDays],
      ]}
      head={head}
      rows={rows.filter(({ count }) => count).map(({ day, count }) => ({ key: day, cells: [f.date(noonOf(day)), f.count(count)] }))}
      file={`dangol-loop-${days[0]}`}
      saved={() => [head, ...rows.map(({ day, count }) => [day, String(count)])]}
      onClose={onClose}
    >
      <Link href={href}>{t.loop.toRows}</Link>
    </WhyDialog>
  );
}
