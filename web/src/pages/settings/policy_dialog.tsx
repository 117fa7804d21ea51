// When a team works and how soon it answers, changed.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { HolidayCalendar, TriagePolicySchema, type TriagePolicy } from "@protos/dangol/tickets/v1/policy_pb";
import type { Ticket_Severity } from "@protos/dangol/tickets/v1/ticket_pb";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { TextField, Ticks } from "../../parts/fields";
import { useWords } from "../../words/words";
import { policies, readPolicyAnew } from "./policy_api";
import { daysOf, hoursOf, hoursText, readDays, readHours, readMinutes, SEVERITIES, timesOf, WEEKDAYS } from "./policy_form";

const HOURS_A_DAY = 24;
const CALENDARS = [HolidayCalendar.KR, HolidayCalendar.US];
const PATHS = ["time_zone", "opening_hours", "holiday_calendars", "extra_holidays", "response_times", "close_after_hours", "quiet_hours"];

type Pair = [string, string];

export function PolicyDialog({ policy: newest, onClose }: { policy: TriagePolicy; onClose: () => void }) {
  const { t } = useWords();
  const policy = useSeen(newest);
  const p = t.settings.policy;
  const [zone, setZone] = useState(policy.timeZone);
  const [hours, setHours] = useState(() => new Map(WEEKDAYS.map((day) => [day, hoursText(policy.openingHours, day)])));
  const [times, setTimes] = useState<Map<Ticket_Severity, Pair>>(
    () =>
      new Map(
        SEVERITIES.map((severity) => {
          const known = timesOf(policy.responseTimes, severity);
          return [severity, [known ? hoursOf(known.replyMinutes) : "", known ? hoursOf(known.decideMinutes) : ""]];
        }),
      ),
  );
  const [calendars, setCalendars] = useState(policy.holidayCalendars);
  const [extra, setExtra] = useState(policy.extraHolidays.join("\n"));
  const [closeDays, setCloseDays] = useState(daysOf(policy.closeAfterHours));
  const [quiet, setQuiet] = useState<Pair>([policy.quietHours?.beginTime ?? "", policy.quietHours?.endTime ?? ""]);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const openingHours = WEEKDAYS.map((day) => readHours(hours.get(day)!, day));
  const extraHolidays = readDays(extra);
  const closeMinutes = readMinutes(closeDays);
  const responseTimes = [...times].filter(([, pair]) => pair.some((one) => one.trim())).map(([severity, [reply, decide]]) => ({ severity, reply: readMinutes(reply), decide: readMinutes(decide) }));
  const noHours = !openingHours.flat().length;
  const quietFault = Boolean(quiet[0].trim()) !== Boolean(quiet[1].trim());
  const faults = [
    !zone.trim(),
    noHours,
    openingHours.includes(undefined),
    !extraHolidays,
    closeMinutes === undefined,
    quietFault,
    responseTimes.some(({ reply, decide }) => reply === undefined || decide === undefined),
  ];
  const send = async () => {
    const triagePolicy = create(TriagePolicySchema, {
      timeZone: zone.trim(),
      openingHours: openingHours.flatMap((one) => one ?? []),
      holidayCalendars: calendars,
      extraHolidays: extraHolidays ?? [],
      responseTimes: responseTimes.map(({ severity, reply, decide }) => ({ severity, replyMinutes: reply!, decideMinutes: decide! })),
      closeAfterHours: Math.round(Number(closeDays.replace(",", ".")) * HOURS_A_DAY),
      ...(quiet[0].trim() && { quietHours: { beginTime: quiet[0].trim(), endTime: quiet[1].trim() } }),
    });
    await policies.updateTriagePolicy({ triagePolicy, updateMask: create(FieldMaskSchema, { paths: PATHS }), etag: policy.etag, requestId: id });
    await readPolicyAnew();
    say(p.changed);
  };
  return (
    <FormDialog
      title={p.edit}
      submit={p.save}
      impact={p.impact}
      wide
      check={() => {
        setTried(true);
        return !faults.some(Boolean);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={p.zone} hint={p.zoneHint} value={zone} onValue={setZone} wrong={tried && !zone.trim() ? t.required : undefined} autoFocus />
      <fieldset className="field hours">
        <legend>{p.hours}</legend>
        <p className="hint">{p.hoursHint}</p>
        {WEEKDAYS.map((day, index) => (
          <TextField
            key={day}
            label={p.weekdays[day]!}
            value={hours.get(day)!}
            placeholder={p.closed}
            onValue={(value) => setHours(new Map(hours).set(day, value))}
            wrong={openingHours[index] === undefined ? p.hoursWrong : undefined}
          />
        ))}
        {tried && noHours && <p className="wrong">{p.noHours}</p>}
      </fieldset>
      <fieldset className="field hours">
        <legend>{p.times}</legend>
        <p className="hint">{p.timesHint}</p>
        {SEVERITIES.map((severity) => {
          const pair = times.get(severity)!;
          const change = (index: 0 | 1) => (value: string) => {
            const next: Pair = [...pair];
            next[index] = value;
            setTimes(new Map(times).set(severity, next));
          };
          const wrong = (text: string) => ((pair.some((one) => one.trim()) && readMinutes(text) === undefined ? p.timesWrong : undefined));
          return (
            <div key={severity} className="pair">
              <TextField label={p.reply(t.severity[severity]!)} value={pair[0]} onValue={change(0)} wrong={wrong(pair[0])} />
              <TextField label={p.decide(t.severity[severity]!)} value={pair[1]} onValue={change(1)} wrong={wrong(pair[1])} />
            </div>
          );
        })}
      </fieldset>
      <Ticks label={p.holidays} options={CALENDARS.map((value) => ({ value, label: p.calendars[value]! }))} values={calendars} onValues={setCalendars} />
      <TextField label={p.extra} hint={p.extraHint} rows={2} value={extra} onValue={setExtra} wrong={extraHolidays ? undefined : p.extraWrong} />
      <TextField label={p.closeAfter} value={closeDays} onValue={setCloseDays} wrong={closeMinutes === undefined ? p.timesWrong : undefined} />
      <div className="pair">
        <TextField label={p.quietFrom} placeholder="21:00" value={quiet[0]} onValue={(value) => setQuiet([value, quiet[1]])} wrong={tried && quietFault ? t.required : undefined} />
        <TextField label={p.quietTo} placeholder="08:00" value={quiet[1]} onValue={(value) => setQuiet([quiet[0], value])} />
      </div>
    </FormDialog>
  );
}
