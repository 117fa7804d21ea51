// Who did what: the audit log of each service, with what was refused.
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { AdminService } from "@protos/dangol/api/v1/admin_service_pb";
import type { AuditEntry } from "@protos/dangol/api/v1/audit_pb";
import { addDays } from "../../base/days";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED, useAllPages } from "../../base/pages";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { Field, SelectField, TextField } from "../../parts/fields";
import { useMemberNames, useMembers } from "../../parts/members";
import { Failure, Verdict } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords, type Words } from "../../words/words";
import { adminTransports, SERVICES, type ServiceName } from "./admin_api";

const PAGE_SIZE = 50;
const RESOURCES = 3;

interface Filters {
  service: ServiceName;
  who: string;
  about: string;
  from: string;
  to: string;
}

// In the address, so that it can be sent to somebody.
function filtersOf(search: string): Filters {
  const asked = new URLSearchParams(search);
  const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(asked.get(name) ?? "") ? asked.get(name)! : "");
  return {
    service: SERVICES.find((one) => one === asked.get("service")) ?? "tickets",
    who: asked.get("who") ?? "",
    about: asked.get("about") ?? "",
    from: day("from"),
    to: day("to"),
  };
}

// A day of this device's clock, from its first moment.
function startOf(day: string) {
  return timestampFromDate(new Date(`${day}T00:00:00`));
}

function pathOf(resource: string): string | undefined {
  const [kind, id] = resource.split("/");
  if (!id) return undefined;
  return { tickets: `/inbox/${id}?view=all`, changes: `/changes/${id}`, customers: `/customers/${id}`, engines: `/engine/${id}` }[kind!];
}

// `dangol.tickets.v1.TicketService/AcceptTicket` → AcceptTicket
function methodOf(entry: AuditEntry): string {
  return idOf(entry.method);
}

function outcomeOf(entry: AuditEntry, t: Words, count: (n: bigint) => string): string {
  return entry.denial ? t.audit.denied(count(entry.deniedCalls), (t.reasons as Record<string, string>)[entry.denial] ?? entry.denial) : t.audit.done;
}

// `tickets/shop-r1` → complaint shop-r1, `members/park` → 박도윤; what has no word stays.
function sayResource(resource: string, t: Words, nameOf: (name: string) => string): string {
  const [id = "", kind = ""] = resource.split("/").reverse();
  if (kind === "members") return nameOf(`members/${id}`);
  const word = t.audit.kinds[kind];
  return word && id ? `${word} ${id}` : resource;
}

function Resources({ entry }: { entry: AuditEntry }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const rest = Math.max(Number(entry.resourceCount), entry.resources.length) - Math.min(RESOURCES, entry.resources.length);
  return (
    <>
      {entry.resources.slice(0, RESOURCES).map((resource, index) => {
        const path = pathOf(resource);
        const said = sayResource(resource, t, nameOf);
        return (
          <span key={resource}>
            {index > 0 && " · "}
            {path ? (
              <Link href={path} title={resource}>
                {said}
              </Link>
            ) : (
              <span title={resource}>{said}</span>
            )}
          </span>
        );
      })}
      {rest > 0 && <span className="t3"> {t.audit.rest(f.count(rest))}</span>}
    </>
  );
}

function FilterForm({ filters, onChange }: { filters: Filters; onChange: (change: Partial<Filters>) => void }) {
  const { t } = useWords();
  const people = (useMembers().data?.members ?? []).map((one) => ({ value: one.name, label: one.displayName }));
  const others = filters.who && !people.some(({ value }) => value === filters.who) ? [{ value: filters.who, label: filters.who }] : [];
  const date = (name: "from" | "to", label: string) => (
    <Field label={label}>{(ids) => <input {...ids} type="date" value={filters[name]} onInput={(event) => onChange({ [name]: event.currentTarget.value })} />}</Field>
  );
  return (
    <div className="audit-filters">
      <SelectField label={t.settings.service} value={filters.service} onValue={(service) => onChange({ service: service as ServiceName })} options={SERVICES.map((value) => ({ value, label: t.service[value]! }))} />
      <SelectField label={t.audit.who} value={filters.who} onValue={(who) => onChange({ who })} options={[{ value: "", label: t.audit.anybody }, ...people, ...others]} />
      <TextField label={t.audit.about} placeholder="tickets/…" value={filters.about} onValue={(about) => onChange({ about: about.trim() })} />
      {date("from", t.audit.from)}
      {date("to", t.audit.to)}
    </div>
  );
}

export function Audit() {
  const { t, f } = useWords();
  const now = useNow();
  const [path, go] = useLocation();
  const nameOf = useMemberNames();
  const filters = filtersOf(useSearch());
  const { service, who, about, from, to } = filters;
  const request = useMemo(
    () => ({ principal: who, resource: about, ...(from && { startTime: startOf(from) }), ...(to && { endTime: startOf(addDays(to, 1)) }), pageSize: PAGE_SIZE, pageToken: "" }),
    [who, about, from, to],
  );
  const query = useInfiniteQuery(AdminService.method.listAuditEntries, request, { ...PAGED, transport: adminTransports[service], staleTime: 0 });
  const entries = query.data?.pages.flatMap((page) => page.auditEntries) ?? [];
  // A page may hold none although more follow.
  useAllPages({ ...query, hasNextPage: query.hasNextPage && entries.length < PAGE_SIZE });
  const change = (next: Partial<Filters>) => {
    const set = Object.entries({ ...filters, ...next }).filter(([, value]) => value);
    go(`${path}?${new URLSearchParams(Object.fromEntries(set)).toString()}`, { replace: true });
  };
  // A member by the id alone.
  const whoOf = ({ principal }: AuditEntry) => (principal ? nameOf(principal.includes("/") ? principal : `members/${principal}`) : t.audit.nobody);
  const head = [t.audit.when, t.audit.who, t.audit.what, t.audit.about, t.audit.outcome];
  const rows = () => [head, ...entries.map((one) => [dateOf(one.time)?.toISOString() ?? "", one.principal, methodOf(one), one.resources.join(" "), outcomeOf(one, t, f.count)])];
  return (
    <section className="lead">
      <h2>
        {t.settings.parts.audit} <CsvButton name={`audit-${service}`} rows={rows} />
      </h2>
      <p className="sub">{t.audit.text}</p>
      <FilterForm filters={filters} onChange={change} />
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {entries.length > 0 && (
        <Table label={t.settings.parts.audit} head={head} className="audit">
          {entries.map((entry) => {
            const at = dateOf(entry.time);
            return (
              <tr key={String(entry.number)}>
                <td className="t3">{at && f.dateTime(at, now)}</td>
                <th scope="row">{whoOf(entry)}</th>
                <td>
                  {t.audit.did[methodOf(entry)] ? <span title={methodOf(entry)}>{t.audit.did[methodOf(entry)]}</span> : <code>{methodOf(entry)}</code>}
                </td>
                <td>
                  <Resources entry={entry} />
                </td>
                <td>
                  <Verdict tone={entry.denial ? "bad" : "good"} glyph={entry.denial ? "▼" : "●"}>
                    {outcomeOf(entry, t, f.count)}
                  </Verdict>
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {query.data && !entries.length && !query.hasNextPage && <p className="sub">{filters.who || filters.about || filters.from || filters.to ? t.audit.none : t.audit.noneYet(t.service[filters.service]!)}</p>}
      {query.hasNextPage && (
        <p className="alt">
          <button type="button" className="btn" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t.more}
          </button>
        </p>
      )}
    </section>
  );
}
