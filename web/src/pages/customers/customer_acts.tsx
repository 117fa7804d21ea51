// What is done with a customer as a person: two that are one are merged, data are restricted, and a person is forgotten.
import { toJson } from "@bufbuild/protobuf";
import { useState } from "react";

import { Customer_State, CustomerSchema, type Customer } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService, TimelineEntrySchema, type TimelineEntry } from "@protos/dangol/tickets/v1/customer_service_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { customers, readAnew } from "../../base/api";
import { idOf, requestId } from "../../base/ids";
import { saveFile } from "../../base/save";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { useWho } from "../../parts/customer";
import { FormDialog } from "../../parts/dialog";
import { useWords } from "../../words/words";
import { CustomerDialog } from "./customer_dialog";

type Act = "edit" | "merge" | "export" | "restrict" | "erase";

function actsOf(customer: Customer): Act[] {
  const active = customer.state === Customer_State.ACTIVE;
  return [
    ...(active && may("customers.write") ? (["edit", ...(customer.possiblySame.length ? ["merge"] : [])] as Act[]) : []),
    ...(active && may("customers.restricted") ? (["restrict"] as Act[]) : []),
    ...((active || customer.state === Customer_State.RESTRICTED) && may("customers.restricted") ? (["export"] as Act[]) : []),
    ...((active || customer.state === Customer_State.RESTRICTED) && may("customers.erase") ? (["erase"] as Act[]) : []),
  ];
}

// All that is stored of a customer, in a file: what a person is given who asks for it.
async function saveAll({ name }: Customer): Promise<void> {
  const entries: TimelineEntry[] = [];
  let customer: Customer | undefined;
  for (let pageToken = "", more = true; more; more = Boolean(pageToken)) {
    const page = await customers.exportCustomer({ name, pageSize: 1000, pageToken });
    customer ??= page.customer;
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  }
  const all = { customer: customer && toJson(CustomerSchema, customer), entries: entries.map((entry) => toJson(TimelineEntrySchema, entry)) };
  saveFile(`dangol-${idOf(name)}.json`, new Blob([JSON.stringify(all, undefined, 2)], { type: "application/json" }));
}

function Same({ name, picked, onPick }: { name: string; picked: boolean; onPick: () => void }) {
  const { name: shown } = useWho(name);
  return (
    <label className={picked ? "pick on" : "pick"}>
      <input type="radio" name="merged" checked={picked} onChange={onPick} />
      <span>
        <b>{shown || idOf(name)}</b>
        <small>{idOf(name)}</small>
      </span>
    </label>
  );
}

function ActDialog({ customer, act, onClose }: { customer: Customer; act: Exclude<Act, "edit" | "export">; onClose: () => void }) {
  const { t } = useWords();
  const k = t.customerActs;
  const { name } = useWho(customer.name);
  const [merged, setMerged] = useState(customer.possiblySame[0] ?? "");
  const [id] = useState(requestId);
  const send = async () => {
    const request = { name: customer.name, etag: customer.etag, requestId: id };
    const calls = {
      merge: () => customers.mergeCustomers({ ...request, merged }),
      restrict: () => customers.restrictCustomer(request),
      erase: () => customers.eraseCustomer(request),
    };
    await calls[act]();
    await readAnew(CustomerService, TicketService);
    say(k.done[act]);
  };
  return (
    <FormDialog title={k.title[act]} submit={k[act]} impact={k.impact[act]} bad onSubmit={send} onClose={onClose}>
      <p className="t2 about">{name}</p>
      {act === "merge" ? (
        <div className="picks" role="radiogroup" aria-label={k.title.merge}>
          {customer.possiblySame.map((one) => (
            <Same key={one} name={one} picked={one === merged} onPick={() => setMerged(one)} />
          ))}
        </div>
      ) : (
        <p className="sub">{k.text[act]}</p>
      )}
    </FormDialog>
  );
}

export function CustomerActs({ customer }: { customer: Customer }) {
  const { t } = useWords();
  const [asking, setAsking] = useState<Act>();
  const acts = actsOf(customer);
  const close = () => setAsking(undefined);
  const start = (act: Act) => {
    if (act === "export") void saveAll(customer).then(() => say(t.customerActs.exported), (error: unknown) => sayFailure(error, t));
    else setAsking(act);
  };
  if (!acts.length) return null;
  return (
    <div className="acts0">
      {acts.map((act) => (
        <button key={act} type="button" className={act === "edit" || act === "merge" ? "btn" : "btn quiet"} onClick={() => start(act)}>
          {act === "edit" ? t.customer.edit : t.customerActs[act]}
        </button>
      ))}
      {asking === "edit" && <CustomerDialog customer={customer} onClose={close} />}
      {asking && asking !== "edit" && asking !== "export" && <ActDialog customer={customer} act={asking} onClose={close} />}
    </div>
  );
}
