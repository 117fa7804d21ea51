// c: a complaint that came by phone, across the counter or from staff.
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";

import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { Ticket_Kind, Ticket_Severity, TicketSchema, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { tickets } from "../base/api";
import { useDraft } from "../base/draft";
import { idOf, isSlug, requestId } from "../base/ids";
import { may } from "../base/session";
import { useSettings } from "../base/settings";
import { say } from "../base/toast";
import { FormDialog } from "../parts/dialog";
import { Choice, TextField } from "../parts/fields";
import { FilesField, useFiles } from "../parts/files_field";
import { useReasonChoices } from "../parts/reasons";
import { useWords } from "../words/words";

const CHANNELS = ["phone", "counter", "staff"];

export default function NewTicket({ go, onClose }: { go: (path: string) => void; onClose: () => void }) {
  const { t } = useWords();
  const { language } = useSettings();
  const [body, setBody] = useDraft("new.body");
  const [subject, setSubject] = useDraft("new.subject");
  const [phone, setPhone] = useDraft("new.phone");
  const [caller, setCaller] = useDraft("new.caller");
  const [order, setOrder] = useDraft("new.order");
  const [reason, setReason] = useDraft("new.reason");
  const [need, setNeed] = useDraft("new.need");
  const [kind, setKind] = useState(Ticket_Kind.COMPLAINT);
  const [severity, setSeverity] = useState(Ticket_Severity.NORMAL);
  const [channel, setChannel] = useState("phone");
  const [mayAsk, setMayAsk] = useState(false);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const made = useRef<Ticket>();
  const files = useFiles();

  // As many digits as a number has at least; who it is, is told while it is typed.
  const asked = phone.replace(/\D/g, "").length >= 9 ? phone.trim() : "";
  const who = useQuery(CustomerService.method.listCustomers, { contact: asked, pageSize: 1 }, { enabled: Boolean(asked) && may("customers.read") });
  const person = who.data?.customers[0];
  const unknown = asked && who.error && ConnectError.from(who.error).code === Code.InvalidArgument ? t.customer.phoneUnknown : undefined;
  const found = !asked || !who.data ? unknown : person ? t.customer.phoneFound(person.displayName || asked) : t.customer.phoneNew;

  const wrongBody = !body.trim() && !subject.trim() ? t.required : undefined;
  const reasons = useReasonChoices();
  const path = reasons.pathOf(reason);
  const wrongReason = path && !isSlug(path) ? t.newTicket.reasonWrong : undefined;
  const hangul = /[가-힣]/.test(body + subject);
  const send = async () => {
    const ticket = create(TicketSchema, {
      kind,
      severity,
      subject: subject.trim(),
      body: body.trim(),
      language: hangul ? "ko" : language === "ko" ? "" : "en",
      contactReason: path,
      order: order.trim(),
      underlyingNeed: need.trim(),
      source: { channel },
      mayAsk,
    });
    const known = phone.trim() || caller.trim();
    const sender = known ? { sender: { phone: phone.trim(), displayName: caller.trim(), locale: language === "ko" ? "ko-KR" : "" } } : {};
    // Where a file did not arrive it is sent again, and not the rest.
    made.current ??= await tickets.createTicket({ ticket, requestId: id, ...sender });
    await files.send(made.current.name);
    for (const clear of [setBody, setSubject, setPhone, setCaller, setOrder, setReason, setNeed]) clear("");
    say(t.newTicket.done);
    go(`/inbox/${idOf(made.current.name)}`);
  };

  return (
    <FormDialog
      title={t.newTicket.title}
      impact={t.newTicket.kept}
      submit={t.newTicket.do}
      check={() => {
        setTried(true);
        return !wrongBody && !wrongReason && !files.wrong;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2">{t.newTicket.intro}</p>
      <TextField label={t.newTicket.words} hint={t.newTicket.wordsHint} rows={5} value={body} onValue={setBody} wrong={tried ? wrongBody : undefined} autoFocus />
      <TextField label={t.newTicket.subject} value={subject} onValue={setSubject} />
      <Choice
        label={t.newTicket.channel}
        options={CHANNELS.map((value) => ({ value, label: t.channel[value]! }))}
        value={channel}
        onValue={setChannel}
      />
      <div className="pair">
        <TextField label={t.customer.phone} hint={found ?? t.customer.phoneHint} value={phone} onValue={setPhone} />
        <TextField label={t.customer.displayName} value={caller} onValue={setCaller} />
      </div>
      <Choice
        label={t.newTicket.kind}
        options={[1, 2, 3, 4].map((value) => ({ value: value as Ticket_Kind, label: t.ticketKind[value]! }))}
        value={kind}
        onValue={setKind}
      />
      <Choice
        label={t.newTicket.severity}
        options={[1, 2, 3, 4].map((value) => ({ value: value as Ticket_Severity, label: t.severity[value]! }))}
        value={severity}
        onValue={setSeverity}
      />
      <div className="pair">
        <TextField label={t.newTicket.reason} hint={t.newTicket.reasonHint} value={reason} onValue={setReason} wrong={wrongReason} list={reasons.offered} />
        <TextField label={t.newTicket.order_} value={order} onValue={setOrder} />
      </div>
      <TextField label={t.newTicket.need} value={need} onValue={setNeed} />
      {may("attachments.write") && <FilesField files={files} />}
      <label className="tick">
        <input type="checkbox" checked={mayAsk} onChange={(event) => setMayAsk(event.currentTarget.checked)} />
        {t.newTicket.mayAsk}
      </label>
    </FormDialog>
  );
}
