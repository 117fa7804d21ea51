// What shipped lately, and what each did: the verdict, the interval, and how much.
import { useQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { Effect_Verdict } from "@protos/dangol/metrics/v1/effect_pb";
import { idOf } from "../../base/ids";
import { dateOf } from "../../format/time";
import { useReasonNames } from "../../parts/reasons";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { EffectWord } from "../change/effect_mark";
import { changeOf, toneOf } from "../change/effect_values";
import { SmallInterval } from "../change/interval";
import { useEffects } from "../change/use_effects";

const SHOWN = 8;
const TITLES_MAX = 200;
const SHIPPED = [Change_State.SHIPPED, Change_State.VERIFIED, Change_State.REGRESSED];

export function RecentEffects() {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const changes = useQuery(ChangeService.method.listChanges, { states: SHIPPED, pageSize: TITLES_MAX }).data?.changes ?? [];
  const recent = [...useEffects()].sort((one, other) => Number((other.shipTime?.seconds ?? 0n) - (one.shipTime?.seconds ?? 0n))).slice(0, SHOWN);
  if (!recent.length) return null;
  const said = (verdict: Effect_Verdict) => f.count(recent.filter((one) => one.verdict === verdict).length);
  return (
    <section>
      <h3>{t.effect.recent}</h3>
      <p className="sub">{t.effect.recentSay(f.count(recent.length), said(Effect_Verdict.IMPROVED), said(Effect_Verdict.WORSENED))}</p>
      <Table label={t.effect.recent} head={[t.effect.shippedOn, t.csv.change, t.inbox.reason, t.change.verdict, "", t.effect.effect]} numbers={[5]}>
        {recent.map((effect) => {
          const at = dateOf(effect.shipTime);
          const title = changes.find((one) => one.name === effect.change)?.title ?? idOf(effect.change);
          return (
            <tr key={effect.name}>
              <td className="t3">{at && f.date(at)}</td>
              <th scope="row">
                <Link href={`/changes/${idOf(effect.change)}`}>{title}</Link>
              </th>
              <td>{effect.contactReasons.map(reasons.full).join(", ")}</td>
              <td>
                <EffectWord verdict={effect.verdict} />
              </td>
              <td>{effect.look && <SmallInterval look={effect.look} tone={toneOf(effect.verdict)} />}</td>
              <td className="r">{effect.look && f.change(changeOf(effect.look.ratio))}</td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}
