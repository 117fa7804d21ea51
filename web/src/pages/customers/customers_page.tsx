// Customers: found by e-mail address or telephone number, or listed, the newest first.
import "../../style/calm.css";
import "../../style/customers.css";

import { useInfiniteQuery } from "@connectrpc/connect-query";
import { Link, useLocation, useSearch } from "wouter";

import type { Customer } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { NoAccess } from "../../app/no_access";
import { Page } from "../../app/shell";
import { failureOf } from "../../base/api";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { SearchForm } from "../../parts/search_form";
import { Empty, Failure } from "../../parts/small";
import { WriteDown } from "../../parts/write_down";
import { useWords, type Words } from "../../words/words";

const PAGE_SIZE = 50;

function Line({ customer }: { customer: Customer }) {
  const { t, f } = useWords();
  const now = useNow();
  const made = dateOf(customer.createTime);
  const points = customer.contactPoints.map((point) => point.value).join(" · ");
  return (
    <li>
      <span className="name">
        <Link href={`/customers/${idOf(customer.name)}`}>{customer.displayName || points || t.customer.nameless}</Link>
        {customer.segment && <span className="chip accent">{customer.segment}</span>}
      </span>
      <span className="t3 points">{customer.displayName ? points : ""}</span>
      {customer.possiblySame.length > 0 && <span className="chip warn">{t.customer.maybeSame}</span>}
      <span className="t3">{made && f.moment(made, now)}</span>
    </li>
  );
}

function rowsOf(customers: Customer[], t: Words): string[][] {
  const head = [t.csv.id, t.customer.name, t.customer.segment, t.customer.contact, t.csv.received];
  const rows = customers.map((customer) => [
    idOf(customer.name),
    customer.displayName,
    customer.segment,
    customer.contactPoints.map((point) => point.value).join(" "),
    dateOf(customer.createTime)?.toISOString() ?? "",
  ]);
  return [head, ...rows];
}

export default function CustomersPage() {
  const { t, f } = useWords();
  const [path, go] = useLocation();
  const contact = new URLSearchParams(useSearch()).get("contact") ?? "";
  const query = useInfiniteQuery(
    CustomerService.method.listCustomers,
    { contact, pageSize: PAGE_SIZE, pageToken: "" },
    { ...PAGED, enabled: may("customers.read") },
  );
  if (!may("customers.read")) return <NoAccess title={t.nav.customers} />;
  const customers = query.data?.pages.flatMap((page) => page.customers) ?? [];
  const empty = !query.isPending && !customers.length && !contact && !query.error;
  if (empty) {
    return (
      <Page title={t.nav.customers} className="emptyd">
        <Empty title={t.customer.emptyTitle} text={t.customer.emptyText}>
          <WriteDown />
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={t.nav.customers} className="calm">
      <div className="page">
        <SearchForm
          className="find-customer"
          label={t.customer.find}
          placeholder={t.customer.find}
          submit={t.customer.findDo}
          initially={contact}
          onSearch={(typed) => go(typed ? `${path}?contact=${encodeURIComponent(typed)}` : path)}
        />
        {failureOf(query) ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <section className="customers">
            <h2 className="count">
              {contact ? t.customer.found(f.count(customers.length)) : t.customer.newest} <CsvButton name="customers" rows={() => rowsOf(customers, t)} />
            </h2>
            <ul>
              {customers.map((customer) => (
                <Line key={customer.name} customer={customer} />
              ))}
            </ul>
            {query.hasNextPage && (
              <button type="button" className="btn quiet" onClick={() => void query.fetchNextPage()}>
                {t.more}
              </button>
            )}
          </section>
        )}
      </div>
    </Page>
  );
}
