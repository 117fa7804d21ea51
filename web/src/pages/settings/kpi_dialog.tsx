// A number is made, named, given a target, or used no more.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { Kpi_Better, Kpi_Kind, Kpi_State, KpiSchema, type Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { dayIn } from "../../base/days";
import { requestId } from "../../base/ids";
import { textIn } from "../../base/names";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, SelectField, TextField } from "../../parts/fields";
import { MemberSelect } from "../../parts/member_select";
import { useWords } from "../../words/words";
import { activeStages, isComputed, kpis, readNumbersAnew, stageName } from "../engine/data";
import { GRANULARITIES, namesOf, readTarget, targetOf, targetsAfter, typedTarget } from "./kpi_form";

const KINDS = [Kpi_Kind.COUNT, Kpi_Kind.SUM, Kpi_Kind.AVERAGE, Kpi_Kind.RATIO, Kpi_Kind.LAST];
const BETTERS = [Kpi_Better.HIGHER, Kpi_Better.LOWER, Kpi_Better.BETTER_UNSPECIFIED];
const TIME = /^([01]?\d|2[0-3]):[0-5]\d$/;

export function KpiDialog({ engine, kpi, onClose }: { engine: Engine; kpi?: Kpi; onClose: () => void }) {
  const { t, language } = useWords();
  const k = t.settings.engine;
  const [today] = useState(() => dayIn(engine.timeZone, new Date()));
  const [ko, setKo] = useState(kpi?.displayNames.ko ?? "");
  const [en, setEn] = useState(kpi?.displayNames.en ?? "");
  const [definition, setDefinition] = useState(kpi?.definition[language] ?? "");
  const [stage, setStage] = useState(kpi?.stage ?? "");
  const [kind, setKind] = useState(kpi?.kind ?? Kpi_Kind.COUNT);
  const [unit, setUnit] = useState(kpi?.unit ?? "");
  const [better, setBetter] = useState(kpi?.better ?? Kpi_Better.HIGHER);
  const typedNow = (name: number) => typedTarget(kind, targetOf(kpi, GRANULARITIES[name]![1], today));
  const [targets, setTargets] = useState(() => ({ day: typedNow(0), week: typedNow(1), month: typedNow(2) }));
  const [owner, setOwner] = useState(kpi?.owner ?? "");
  const [due, setDue] = useState(kpi?.dueTimeOfDay ?? "12:00");
  const [state, setState] = useState(kpi?.state ?? Kpi_State.ACTIVE);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const computed = kpi !== undefined && isComputed(kpi);
  const displayNames = namesOf(kpi?.displayNames, ko, en);
  const faults = {
    name: Object.keys(displayNames).length ? undefined : t.required,
    due: computed || TIME.test(due.trim()) ? undefined : k.dueWrong,
    targets: GRANULARITIES.some(([name]) => targets[name].trim() && readTarget(kind, targets[name]) === undefined) ? t.stage.wrongNumber : undefined,
  };
  const send = async () => {
    const words = { ...kpi?.definition };
    if (definition.trim()) words[language] = definition.trim();
    else delete words[language];
    const own = { displayNames, definition: words, better, targets: targetsAfter(kpi, kind, targets, today), state };
    const entered = { stage, kind, unit: kind === Kpi_Kind.RATIO ? "" : unit.trim(), owner, dueTimeOfDay: due.trim() };
    const paths = ["display_names", "definition", "better", "targets", "state", ...(computed ? [] : ["stage", "kind", "unit", "owner", "due_time_of_day"])];
    const next = create(KpiSchema, { ...own, ...(!computed && entered) });
    if (kpi) await kpis.updateKpi({ name: kpi.name, etag: kpi.etag, requestId: id, kpi: next, updateMask: create(FieldMaskSchema, { paths }) });
    else await kpis.createKpi({ parent: engine.name, kpi: next, requestId: id });
    readNumbersAnew();
    say(kpi ? k.kpiChanged : k.kpiMade);
  };
  return (
    <FormDialog
      title={kpi ? k.editKpi : k.addKpi}
      submit={kpi ? k.save : k.make}
      impact={k.targetsImpact}
      check={() => {
        setTried(true);
        return !Object.values(faults).some(Boolean);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <div className="pair">
        <TextField label={t.settings.reason.nameKo} value={ko} onValue={setKo} wrong={tried ? faults.name : undefined} autoFocus />
        <TextField label={t.settings.reason.nameEn} value={en} onValue={setEn} />
      </div>
      <TextField label={t.why.counts} hint={k.definitionHint} rows={2} value={definition} onValue={setDefinition} />
      {!computed && (
        <>
          <SelectField
            label={t.engine.stage}
            value={stage}
            onValue={setStage}
            options={[{ value: "", label: k.whole }, ...activeStages(engine).map((one) => ({ value: stageName(engine, one), label: textIn(one.displayNames, language) }))]}
          />
          <Choice label={k.kind} options={KINDS.map((value) => ({ value, label: k.kinds[value]!, hint: k.kindsWhy[value]! }))} value={kind} onValue={setKind} />
          {kind !== Kpi_Kind.RATIO && <TextField label={t.csv.unit} hint={k.unitHint} value={unit} onValue={setUnit} />}
        </>
      )}
      <Choice label={k.better} options={BETTERS.map((value) => ({ value, label: k.betters[value]! }))} value={better} onValue={setBetter} />
      <div className="trio">
        {GRANULARITIES.map(([name]) => (
          <TextField
            key={name}
            label={k.targetOf(t.engine.lengths[name], kind === Kpi_Kind.RATIO)}
            value={targets[name]}
            onValue={(value) => setTargets((old) => ({ ...old, [name]: value }))}
            wrong={tried && targets[name].trim() && readTarget(kind, targets[name]) === undefined ? t.stage.wrongNumber : undefined}
          />
        ))}
      </div>
      {!computed && (
        <div className="pair">
          <MemberSelect label={k.enters} value={owner} onValue={setOwner} nobody={stage ? k.ofStage : t.settings.nobody} />
          <TextField label={k.dueTime} hint={k.dueHint} value={due} onValue={setDue} wrong={tried ? faults.due : undefined} />
        </div>
      )}
      {kpi && (
        <Choice
          label={t.settings.member.state}
          options={[
            { value: Kpi_State.ACTIVE, label: k.active },
            { value: Kpi_State.RETIRED, label: k.retired, hint: k.retiredHint },
          ]}
          value={state}
          onValue={setState}
        />
      )}
    </FormDialog>
  );
}
