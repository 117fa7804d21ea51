import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { AdminService, type ParkedEvent } from "@protos/dangol/api/v1/admin_service_pb";
import { requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { say, sayFailure } from "../../base/toast";
import { dateOf } from "../../format/time";
import { useWords } from "../../words/words";
import { admin, adminTransports, SERVICES, type ServiceName } from "./admin_api";

const EVERY_MS = 15_000;

function useParked(service: ServiceName) {
  return useQuery(AdminService.method.listParkedEvents, { pageSize: 200 }, { transport: adminTransports[service], refetchInterval: EVERY_MS, staleTime: 0 });
}

function Line({ service, event, onDone }: { service: ServiceName; event: ParkedEvent; onDone: () => void }) {
  const { t, f } = useWords();
  const now = useNow();
  const [dropping, setDropping] = useState(false);
  const parked = dateOf(event.parkTime);
  const settle = (dropped: boolean) => {
    const request = { name: event.name, requestId: requestId() };
    const call = dropped ? admin(service).dropParkedEvent(request) : admin(service).retryParkedEvent(request);
    call.then(() => say(dropped ? t.settings.dropped : t.settings.retried), (error: unknown) => sayFailure(error, t)).finally(onDone);
  };
  return (
    <li>
      <div>
        <b>
          {t.service[event.feed] ?? event.feed} {f.count(event.sequence)} → {t.service[service]}
        </b>
        <p className="t2">
          <code>{event.kind}</code> {event.resources.map((resource) => resource.name).join(", ")}
        </p>
        <p className="t3">
          {parked && `${f.dateTime(parked, now)} · `}
          {event.reason || t.settings.parkedBehind}
        </p>
      </div>
      {dropping ? (
        <div className="acts">
          <p className="bad">{t.settings.dropSure}</p>
          <button type="button" className="btn danger" onClick={() => settle(true)}>
            {t.settings.drop}
          </button>
          <button type="button" className="btn quiet" onClick={() => setDropping(false)}>
            {t.action.cancel}
          </button>
        </div>
      ) : (
        <div className="acts">
          <button type="button" className="btn" onClick={() => settle(false)}>
            {t.settings.retry}
          </button>
          <button type="button" className="btn quiet" onClick={() => setDropping(true)}>
            {t.settings.drop}
          </button>
        </div>
      )}
    </li>
  );
}

export function ParkedEvents() {
  const { t } = useWords();
  const all = SERVICES.map((service) => ({ service, ...useParked(service) }));
  const some = all.some(({ data }) => data?.parkedEvents.length);
  // What a service that is away would say, nobody knows.
  const known = all.every(({ data }) => data);
  return (
    <section>
      <h3>{t.settings.parked}</h3>
      <p className="sub">{some ? t.settings.parkedText : known && t.settings.parkedNone}</p>
      <ul className="parked">
        {all.map(({ service, data, refetch }) =>
          data?.parkedEvents.map((event) => <Line key={service + event.name} service={service} event={event} onDone={() => void refetch()} />),
        )}
      </ul>
    </section>
  );
}
