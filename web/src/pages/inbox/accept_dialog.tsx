// a: into which change? One that is there, or a new one. Typing finds, ↑↓ choose, Enter accepts.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useEffect, useMemo, useState } from "react";

import { Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { Happened } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { tickets as api } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { stepOf } from "../../base/keys";
import { PAGED, useAllPages } from "../../base/pages";
import { useSeen } from "../../base/seen";
import { matches } from "../../base/texts";
import { dateOf } from "../../format/time";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { memberOfDevice } from "../../parts/member_field";
import { ChangeChip, Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { markedWords } from "./marked_words";
import { broughtTo, run } from "./undo";
import { ACCEPTING } from "./views";

const SHOWN_MAX = 50;
const TITLE_MAX = 120;
const NEW = "";

// The change that was chosen last, by what the complaint was about: the next one of the kind probably goes there, too.
const lastChosen = new Map<string, string>();

interface Props {
  tickets: Ticket[];
  onDone: (said: string, undo?: () => void) => void;
  onClose: () => void;
}

// Whether it was mended since, or came back: the times say so, or somebody who knows better.
function HappenedChoice({ tickets, shipped, value, onValue }: { tickets: Ticket[]; shipped: Date; value: Happened; onValue: (value: Happened) => void }) {
  const { t, f } = useWords();
  const [only, ...others] = tickets;
  const at = others.length ? undefined : (dateOf(only?.occurTime) ?? dateOf(only?.receiveTime));
  const noted = at ? t.inbox.happenedOn(f.date(at), at < shipped) : t.inbox.happenedWhy[0]!;
  return (
    <Choice
      label={t.inbox.happened}
      options={[Happened.HAPPENED_UNSPECIFIED, Happened.BEFORE_SHIP, Happened.AFTER_SHIP].map((one) => ({
        value: one,
        label: t.inbox.happenedWhen[one]!,
        hint: one ? t.inbox.happenedWhy[one]! : noted,
      }))}
      value={value}
      onValue={onValue}
    />
  );
}

export function AcceptDialog({ tickets: newest, onDone, onClose }: Props) {
  const { t, f } = useWords();
  // Several are decided as they were when it was opened: the stream tells what came of them before the answer does.
  const tickets = useSeen(newest);
  const reason = tickets[0]?.contactReason ?? "";
  const query = useInfiniteQuery(
    ChangeService.method.listChanges,
    { states: ACCEPTING, pageSize: 200, pageToken: "" },
    PAGED,
  );
  const [typed, setTyped] = useState("");
  // What is looked for may be far back.
  useAllPages({ ...query, hasNextPage: query.hasNextPage && Boolean(typed) });
  const [title, setTitle] = useState(() => markedWords().slice(0, TITLE_MAX));
  const [picked, setPicked] = useState<string | undefined>(title ? NEW : undefined);
  const [happened, setHappened] = useState(Happened.HAPPENED_UNSPECIFIED);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const all = useMemo(() => {
    const read = query.data?.pages.flatMap((page) => page.changes) ?? [];
    const weight = (change: Change) => (change.contactReasons.includes(reason) ? 1e9 : 0) + Number(change.evidence?.demands ?? 0);
    return read.sort((one, other) => weight(other) - weight(one));
  }, [query.data, reason]);
  const related = reason ? all.find((change) => change.contactReasons.includes(reason)) : undefined;
  useEffect(() => {
    const last = all.find((change) => change.name === lastChosen.get(reason));
    if (picked === undefined && query.data) setPicked((last ?? related)?.name ?? NEW);
  }, [query.data]);

  const shown = all.filter((change) => !typed || matches(change.title, typed)).slice(0, SHOWN_MAX);
  const names = shown.map((change) => change.name);
  // Where no change is about the same, a new one is as likely as any.
  const newFirst = !related && !lastChosen.has(reason) && !typed;
  const options = newFirst ? [NEW, ...names] : [...names, NEW];
  const choice = picked !== undefined && options.includes(picked) ? picked : options[0]!;
  const chosen = shown.find((change) => change.name === choice);
  const shipped = chosen?.state === Change_State.SHIPPED ? dateOf(chosen.shipTime) : undefined;
  const newTitle = title || (choice === NEW && !shown.length ? typed : "");
  const step = (by: number) => setPicked(options[(options.indexOf(choice) + by + options.length) % options.length]!);

  const send = async () => {
    const acceptedBy = memberOfDevice();
    const target = choice === NEW ? { acceptedBy, draft: { title: newTitle.trim() } } : { acceptedBy, change: choice, ...(shipped && { happened }) };
    const accepted: Ticket[] = [];
    if (tickets.length === 1) {
      const { name, etag } = newest[0]!;
      accepted.push(await api.acceptTicket({ name, etag, requestId: id, ...target }));
    } else {
      const { results } = await api.batchAcceptTickets({ names: tickets.map((ticket) => ticket.name), requestId: id, ...target });
      const taken = broughtTo(Ticket_State.ACCEPTED, tickets, results, choice);
      accepted.push(...(await Promise.all(taken.map((name) => api.getTicket({ name })))));
    }
    accepted.forEach(putTicket);
    if (accepted[0]) lastChosen.set(reason, accepted[0].change);
    const undo = () =>
      run(
        accepted.map(({ name }) => api.unlinkTicket({ name, requestId: requestId() })),
        t,
      );
    const skipped = tickets.length - accepted.length;
    const said = skipped ? t.inbox.acceptedSome(f.count(accepted.length), f.count(skipped)) : t.inbox.accepted(f.count(accepted.length));
    // It stays in the inbox for that alone.
    const owed = accepted.some(({ waitingSinceTime, replyDueTime }) => waitingSinceTime && replyDueTime);
    onDone(owed ? `${said} · ${t.inbox.replyStillDue}` : said, accepted.length ? undo : undefined);
  };

  const startNew = (
    <label className={choice === NEW ? "pick on" : "pick"}>
      <input type="radio" name="change" checked={choice === NEW} onChange={() => setPicked(NEW)} />
      <span>
        <b>{t.inbox.acceptNew}</b>
      </span>
    </label>
  );
  return (
    <FormDialog
      title={t.inbox.acceptTitle(tickets.length)}
      submit={tickets.length > 1 ? t.inbox.bulkAccept(f.count(tickets.length)) : t.inbox.acceptDo}
      impact={tickets.length > 1 ? t.inbox.bulkImpact : t.inbox.impact.accept}
      check={() => {
        setTried(true);
        return choice !== NEW || Boolean(newTitle.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <input
        className="search"
        type="text"
        aria-label={t.inbox.acceptSearch}
        placeholder={t.inbox.acceptSearch}
        spellcheck={false}
        autocomplete="off"
        autoFocus
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          const by = stepOf(event);
          if (!by) return;
          event.preventDefault();
          step(by);
        }}
      />
      <div className="picks" role="radiogroup" aria-label={t.inbox.acceptTitle(tickets.length)}>
        {newFirst && startNew}
        {shown.map((change) => (
          <label key={change.name} className={change.name === choice ? "pick on" : "pick"}>
            <input type="radio" name="change" checked={change.name === choice} onChange={() => setPicked(change.name)} />
            <span>
              <b>{change.title}</b>
              <small>
                <ChangeChip state={change.state} /> {t.inbox.acceptDemands(f.count(change.evidence?.demands ?? 0n))}
              </small>
            </span>
          </label>
        ))}
        {!newFirst && startNew}
      </div>
      {query.error && <Failure error={query.error} />}
      {shipped && <HappenedChoice tickets={tickets} shipped={shipped} value={happened} onValue={setHappened} />}
      {choice === NEW && (
        <TextField
          label={t.inbox.acceptNewTitle}
          hint={t.inbox.acceptNewHint}
          value={newTitle}
          onValue={setTitle}
          wrong={tried && !newTitle.trim() ? t.required : undefined}
        />
      )}
    </FormDialog>
  );
}
