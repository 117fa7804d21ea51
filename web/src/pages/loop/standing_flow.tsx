// The flow of all complaints: ribbons where there is room, bars where there is not. Each name leads to the rows, each number says how it is made.
import type { ComponentChildren } from "preact";
import { useState } from "react";
import { Link } from "wouter";

import { idOf } from "../../base/ids";
import { useWidth } from "../../parts/chart";
import { ChartTable } from "../../parts/chart_table";
import { WhyDialog } from "../../parts/why_dialog";
import { useWords } from "../../words/words";
import { layOut, NODE_WIDTH, type Box, type Node, type Part, type Place } from "./standing";

const HEIGHT = 256;
// Behind the last column.
const LABELS = 128;
// Below it a ribbon says nothing.
const ROOM_MIN = 680;

const HREFS: Record<Place, string> = {
  received: "/inbox?view=all",
  unread: "/inbox",
  aside: "/inbox?view=all",
  read: "/inbox?view=all",
  accepted: "/board",
  ended: "/inbox?view=answered",
  notYet: "/inbox?view=notYet",
  undecided: "/inbox",
  changed: "/board",
  working: "/inbox?view=accepted",
  better: "/board",
  unknown: "/board",
  same: "/board",
  worse: "/board",
};

// From the node before to this one.
function ribbon({ x, y, height, fromY }: Box, from: Box): string {
  const left = from.x + NODE_WIDTH;
  const middle = (left + x) / 2;
  return `M${left} ${fromY}C${middle} ${fromY} ${middle} ${y} ${x} ${y}V${y + height}C${middle} ${y + height} ${middle} ${fromY + height} ${left} ${fromY + height}Z`;
}

// The name, what stands between, and the number.
function Name({ node, onWhy, children }: { node: Node; onWhy: () => void; children?: ComponentChildren }) {
  const { t, f } = useWords();
  const name = t.loop.places[node.place];
  return (
    <>
      <Link href={HREFS[node.place]}>{name}</Link>
      {children}
      <button type="button" className="number" aria-label={`${name} ${f.count(node.count)}, ${t.why.ask}`} onClick={onWhy}>
        {f.count(node.count)}
      </button>
    </>
  );
}

interface Props {
  nodes: Node[];
  label: string;
}

export function StandingFlow({ nodes, label }: Props) {
  const { t, f } = useWords();
  const [box, width] = useWidth();
  const [why, setWhy] = useState<Node>();
  const boxes = layOut(nodes, width, HEIGHT, LABELS);
  const boxOf = (place: Place | undefined) => boxes.find((one) => one.node.place === place);
  const height = Math.max(...boxes.map((one) => one.y + Math.max(one.height, 22)));
  const most = Math.max(...nodes.map(({ count }) => count), 1);
  return (
    <figure ref={box} className="standing" role="group" aria-label={label}>
      {width >= ROOM_MIN ? (
        <>
          <svg className="chart" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            {boxes.map((one) => {
              const from = boxOf(one.node.from);
              return from && <path key={one.node.place} className={`ribbon ${one.node.place}`} d={ribbon(one, from)} />;
            })}
            {boxes.map(({ node, x, y, height: tall }) => (
              <rect key={node.place} className={`node ${node.place}`} x={x} y={y} width={NODE_WIDTH} height={tall} />
            ))}
          </svg>
          {boxes.map(({ node, x, y }) => (
            <div key={node.place} className="node-name" style={{ left: `${x + NODE_WIDTH + 8}px`, top: `${y}px` }}>
              <Name node={node} onWhy={() => setWhy(node)} />
            </div>
          ))}
        </>
      ) : (
        width > 0 && (
          <ul className="flow-bars">
            {nodes.map((node) => (
              <li key={node.place} className={`${node.aside ? "aside " : ""}${node.place}`}>
                <Name node={node} onWhy={() => setWhy(node)}>
                  <i className="bar" style={{ "--w": `${(100 * node.count) / most}%` }} />
                </Name>
              </li>
            ))}
          </ul>
        )
      )}
      <ChartTable
        label={label}
        head={[t.loop.from, t.loop.to, t.csv.tickets]}
        rows={nodes.filter(({ from }) => from).map(({ place, from, count }) => [t.loop.places[from!], t.loop.places[place], f.count(count)])}
      />
      {why && <WhyStands node={why} onClose={() => setWhy(undefined)} />}
    </figure>
  );
}

// What a count is made of.
function WhyStands({ node, onClose }: { node: Node; onClose: () => void }) {
  const { t, f } = useWords();
  const name = t.loop.places[node.place];
  const head = [t.loop.madeOf, t.csv.tickets];
  const said = (part: Part) => ("state" in part ? t.ticketState[part.state]! : part.title || idOf(part.change));
  const parts = node.parts.filter(({ count }) => count);
  return (
    <WhyDialog
      name={name}
      value={t.loop.tickets(f.count(node.count))}
      period={t.loop.now}
      facts={[
        [t.why.formula, node.place === "ended" ? t.loop.whyEnded : t.loop.whyStands],
        [t.why.source, t.loop.whyStandsSource],
      ]}
      head={head}
      rows={parts.map((part) => ({
        key: said(part),
        cells: ["change" in part ? <Link href={`/changes/${idOf(part.change)}`}>{said(part)}</Link> : said(part), f.count(part.count)],
      }))}
      file={`dangol-flow-${node.place}`}
      saved={() => [head, ...parts.map((part) => [said(part), String(part.count)])]}
      onClose={onClose}
    >
      <Link href={HREFS[node.place]}>{t.loop.toRows}</Link>
    </WhyDialog>
  );
}
