// A new token: for what, with which rights, for how long.
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { TokenSchema, type Token } from "@protos/dangol/gateway/v1/token_service_pb";
import { isResourceId, requestId } from "../../base/ids";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField, Ticks } from "../../parts/fields";
import { useWords } from "../../words/words";
import { tokens } from "./token_api";

const ROLES = ["service", "viewer", "agent", "developer", "lead", "admin"];
const DAYS = [30, 90, 365, 0];
const DAY_MS = 86_400_000;

export function TokenDialog({ onMade, onClose }: { onMade: (token: Token) => void; onClose: () => void }) {
  const { t, f } = useWords();
  const k = t.settings.token;
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<string[]>(["service"]);
  const [days, setDays] = useState(90);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const fault = !name ? t.required : isResourceId(name) ? undefined : t.memberWrong;
  const send = async () => {
    const expires = days ? { expireTime: timestampFromDate(new Date(Date.now() + days * DAY_MS)) } : {};
    onMade(await tokens.createToken({ tokenId: name, token: create(TokenSchema, { roles, ...expires }), requestId: id }));
  };
  return (
    <FormDialog
      title={k.add}
      submit={k.make}
      impact={k.impact}
      check={() => {
        setTried(true);
        return !fault && roles.length > 0;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={k.name} hint={k.nameHint} value={name} onValue={setName} wrong={tried || name ? fault : undefined} autoFocus />
      <Ticks label={k.may} options={ROLES.map((value) => ({ value, label: k.roles[value]!, hint: k.rolesWhy[value]! }))} values={roles} onValues={setRoles} />
      {tried && !roles.length && <p className="wrong">{t.required}</p>}
      <Choice label={k.howLong} options={DAYS.map((value) => ({ value, label: value ? k.days(f.count(value)) : k.forever }))} value={days} onValue={setDays} />
    </FormDialog>
  );
}
