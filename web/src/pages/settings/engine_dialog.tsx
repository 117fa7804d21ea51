// An engine is made of a blueprint, or its calendar is changed.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { Engine_ClosedDays, EngineSchema, Weekday, type Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { CreateEngineRequest_Blueprint } from "@protos/dangol/metrics/v1/engine_service_pb";
import { Kpi_Kind } from "@protos/dangol/metrics/v1/kpi_pb";
import { requestId } from "../../base/ids";
import { textIn } from "../../base/names";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, SelectField, TextField, Ticks } from "../../parts/fields";
import { useWords } from "../../words/words";
import { engines, readNumbersAnew, useAllKpis } from "../engine/data";
import { namesOf } from "./kpi_form";
import { readDays } from "./policy_form";

const WEEKDAYS = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY, Weekday.SATURDAY, Weekday.SUNDAY];
const BLUEPRINTS = [CreateEngineRequest_Blueprint.ENGINE, CreateEngineRequest_Blueprint.FIVE_A];
const CLOSED_DAYS = [Engine_ClosedDays.POLICY, Engine_ClosedDays.OWN];

export function EngineDialog({ engine: newest, onClose }: { engine?: Engine; onClose: () => void }) {
  const { t, language } = useWords();
  const engine = useSeen(newest);
  const k = t.settings.engine;
  const p = t.settings.policy;
  const kpis = useAllKpis(engine?.name ?? "").data?.kpis ?? [];
  const [blueprint, setBlueprint] = useState(CreateEngineRequest_Blueprint.ENGINE);
  const [ko, setKo] = useState(engine?.displayNames.ko ?? "");
  const [en, setEn] = useState(engine?.displayNames.en ?? "");
  const [zone, setZone] = useState(engine?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [weekStart, setWeekStart] = useState(engine?.weekStart || Weekday.MONDAY);
  const [whose, setWhose] = useState(engine?.closedDays || Engine_ClosedDays.POLICY);
  const [closed, setClosed] = useState(engine?.closedWeekdays ?? []);
  const [holidays, setHolidays] = useState(engine?.holidays.join("\n") ?? "");
  const [exposure, setExposure] = useState(engine?.exposureKpi ?? "");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const own = whose === Engine_ClosedDays.OWN;
  const days = own ? readDays(holidays) : [];
  const displayNames = namesOf(engine?.displayNames, ko, en);
  const nameFault = Object.keys(displayNames).length ? undefined : t.required;
  const daysFault = days ? undefined : p.extraWrong;
  const counted = kpis.filter(({ kind }) => kind === Kpi_Kind.COUNT || kind === Kpi_Kind.SUM);

  const send = async () => {
    const next = create(EngineSchema, { displayNames, timeZone: zone.trim(), weekStart, closedDays: whose, closedWeekdays: own ? closed : [], holidays: days ?? [], exposureKpi: exposure });
    if (engine) {
      const updateMask = create(FieldMaskSchema, { paths: ["display_names", "time_zone", "week_start", "closed_days", "closed_weekdays", "holidays", "exposure_kpi"] });
      await engines.updateEngine({ name: engine.name, etag: engine.etag, requestId: id, engine: next, updateMask });
    } else {
      await engines.createEngine({ engine: next, blueprint, requestId: id });
    }
    readNumbersAnew();
    say(engine ? k.changed : k.made);
  };
  return (
    <FormDialog
      title={engine ? k.edit : k.add}
      submit={engine ? k.save : k.make}
      impact={engine ? t.blueprint.editImpact : undefined}
      check={() => {
        setTried(true);
        return !nameFault && !daysFault && Boolean(zone.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      {!engine && (
        <Choice
          label={t.nav.blueprint}
          options={BLUEPRINTS.map((value) => ({ value, label: t.engine.blueprints[value]!, hint: t.engine.blueprintsWhy[value]! }))}
          value={blueprint}
          onValue={setBlueprint}
        />
      )}
      <div className="pair">
        <TextField label={t.settings.reason.nameKo} value={ko} onValue={setKo} wrong={tried ? nameFault : undefined} autoFocus />
        <TextField label={t.settings.reason.nameEn} value={en} onValue={setEn} />
      </div>
      <TextField label={p.zone} hint={k.zoneHint} value={zone} onValue={setZone} wrong={tried && !zone.trim() ? t.required : undefined} />
      <SelectField
        label={k.weekStart}
        value={String(weekStart)}
        onValue={(value) => setWeekStart(Number(value))}
        options={WEEKDAYS.map((day) => ({ value: String(day), label: p.weekdays[day]! }))}
      />
      <SelectField
        label={k.closedDays}
        hint={k.closedDaysHint}
        value={String(whose)}
        onValue={(value) => setWhose(Number(value))}
        options={CLOSED_DAYS.map((value) => ({ value: String(value), label: value === Engine_ClosedDays.OWN ? k.ownDays : k.byPolicy }))}
      />
      {own && (
        <>
          <Ticks label={k.closed} options={WEEKDAYS.map((value) => ({ value, label: p.weekdays[value]! }))} values={closed} onValues={setClosed} />
          <TextField label={k.holidays} hint={p.extraHint} rows={2} value={holidays} onValue={setHolidays} wrong={tried ? daysFault : undefined} />
        </>
      )}
      {engine && (
        <SelectField
          label={k.exposure}
          hint={k.exposureHint}
          value={exposure}
          onValue={setExposure}
          options={[{ value: "", label: t.none }, ...counted.map((kpi) => ({ value: kpi.name, label: textIn(kpi.displayNames, language) }))]}
        />
      )}
    </FormDialog>
  );
}
