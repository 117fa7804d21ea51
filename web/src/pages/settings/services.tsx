import { useQuery } from "@connectrpc/connect-query";
import type { ComponentChildren } from "preact";

import {
  AdminService,
  GetStatusResponse_State,
  SubscriptionStatus_State,
  type GetStatusResponse,
} from "@protos/dangol/api/v1/admin_service_pb";
import { explain } from "../../base/errors";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { Verdict } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { adminTransports, SERVICES, type ServiceName } from "./admin_api";
import { ParkedEvents } from "./parked_events";

const EVERY_MS = 5_000;

function useStatus(service: ServiceName) {
  return useQuery(AdminService.method.getStatus, {}, { transport: adminTransports[service], refetchInterval: EVERY_MS, staleTime: 0 });
}

function Health({ fine, children }: { fine: boolean; children: ComponentChildren }) {
  return (
    <Verdict tone={fine ? "good" : "bad"} glyph={fine ? "●" : "▼"}>
      {children}
    </Verdict>
  );
}

function Row({ service }: { service: ServiceName }) {
  const { t, f } = useWords();
  const now = useNow();
  const query = useStatus(service);
  const status = query.error ? undefined : query.data;
  const serving = status?.state === GetStatusResponse_State.SERVING;
  return (
    <tr>
      <th scope="row">{t.service[service]}</th>
      <td>
        {query.isPending ? (
          "…"
        ) : (
          <Health fine={serving}>{status ? t.settings.state[status.state] : t.settings.down}</Health>
        )}
        {status?.reason && <small>{status.reason}</small>}
        {query.error && <small>{explain(query.error, t).sentence}</small>}
      </td>
      <td>{status?.version ?? "–"}</td>
      <td>{status ? f.ago(now.getTime() - (dateOf(status.startTime)?.getTime() ?? now.getTime())) : "–"}</td>
      <td className="r">{status ? f.bytes(status.databaseBytes + status.walBytes) : "–"}</td>
      <td className="r">{status ? f.count(status.writes) : "–"}</td>
      <td className="r">{status ? f.count(status.feedSequence) : "–"}</td>
    </tr>
  );
}

function Follows({ service }: { service: ServiceName }) {
  const { t, f } = useWords();
  const status: GetStatusResponse | undefined = useStatus(service).data;
  return (
    <>
      {status?.subscriptions.map((one) => {
        const fine = one.state === SubscriptionStatus_State.FOLLOWING || one.state === SubscriptionStatus_State.STANDBY;
        return (
          <li key={one.feed}>
            <span>{t.settings.followLine(t.service[one.feed] ?? one.feed, t.service[service] ?? service)}</span>
            <Health fine={fine}>{t.settings.followState[one.state]}</Health>
            <span className="t3">{one.lagEvents ? t.settings.lag(f.count(one.lagEvents)) : t.settings.lagNone}</span>
            {one.reason && <small>{one.reason}</small>}
          </li>
        );
      })}
    </>
  );
}

export function Services() {
  const { t } = useWords();
  const columns = [t.settings.service, t.csv.state, t.settings.version, t.settings.since, t.settings.stored, t.settings.writes, t.settings.events];
  return (
    <>
      <section className="lead">
        <h2>{t.settings.parts.services}</h2>
        <p className="sub">{t.settings.servicesText}</p>
        <Table label={t.settings.parts.services} head={columns} numbers={[4, 5, 6]}>
          {SERVICES.map((service) => (
            <Row key={service} service={service} />
          ))}
        </Table>
        <h4>{t.settings.follows}</h4>
        <ul className="follows">
          {SERVICES.map((service) => (
            <Follows key={service} service={service} />
          ))}
        </ul>
      </section>
      <ParkedEvents />
    </>
  );
}
