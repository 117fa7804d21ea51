// What a stage is called, what the customer lives through, who answers for it, and what is done, in the language of the page.
import { clone, create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { EngineSchema, StageSchema, type Engine, type Stage } from "@protos/dangol/metrics/v1/engine_pb";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { MemberSelect } from "../../parts/member_select";
import { useWords } from "../../words/words";
import { engines, readNumbersAnew } from "../engine/data";
import { linesOf, stepsAfter } from "./steps_form";

export function StageDialog({ onClose, ...newest }: { engine: Engine; stage: Stage; onClose: () => void }) {
  const { t, language } = useWords();
  const { engine, stage } = useSeen(newest);
  const [name, setName] = useState(stage.displayNames[language] ?? "");
  const [scenario, setScenario] = useState(stage.scenario[language] ?? "");
  const [steps, setSteps] = useState(() => linesOf(stage.steps, language).join("\n"));
  const [owner, setOwner] = useState(stage.owner);
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const changed = (): Stage => {
    const next = clone(StageSchema, stage);
    next.displayNames[language] = name.trim();
    if (scenario.trim()) next.scenario[language] = scenario.trim();
    else delete next.scenario[language];
    next.owner = owner;
    next.steps = stepsAfter(next.steps, language, steps);
    return next;
  };
  const send = async () => {
    const next = clone(EngineSchema, engine);
    next.stages = next.stages.map((one) => (one.stageId === stage.stageId ? changed() : one));
    const updateMask = create(FieldMaskSchema, { paths: ["stages"] });
    await engines.updateEngine({ name: engine.name, etag: engine.etag, requestId: id, engine: next, updateMask, note: note.trim() });
    readNumbersAnew();
    say(t.blueprint.edited);
  };
  return (
    <FormDialog
      title={t.blueprint.editTitle}
      submit={t.blueprint.save}
      impact={t.blueprint.editImpact}
      check={() => {
        setTried(true);
        return Boolean(name.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={t.blueprint.name} value={name} onValue={setName} wrong={tried && !name.trim() ? t.required : undefined} autoFocus />
      <TextField label={t.blueprint.scenario} rows={4} value={scenario} onValue={setScenario} />
      <TextField label={t.blueprint.steps} hint={t.blueprint.stepsHint} rows={5} value={steps} onValue={setSteps} />
      <MemberSelect label={t.blueprint.owner} value={owner} onValue={setOwner} />
      <TextField label={t.blueprint.note} value={note} onValue={setNote} />
    </FormDialog>
  );
}
