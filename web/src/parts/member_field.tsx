// Who decides: the name of who signed in, or that which this device remembers.
import { Member_State } from "@protos/dangol/metrics/v1/member_pb";
import { idOf, isResourceId } from "../base/ids";
import { isSignedIn } from "../base/session";
import { changeSettings, settings } from "../base/settings";
import { useWords } from "../words/words";
import { SelectField, TextField } from "./fields";
import { useMembers } from "./members";

// Empty: nobody has said who works here.
export function memberOfDevice(): string {
  const { member } = settings();
  return isResourceId(member) ? `members/${member}` : "";
}

// Who writes: the service knows who signed in; where nobody has to, it is whom this device remembers.
export function authorOfDevice(): string {
  return isSignedIn() ? "" : memberOfDevice();
}

// Who signed in is known; another one who is named decides this once.
export function rememberMember(member: string): string {
  if (!isSignedIn() && member !== settings().member) changeSettings({ member });
  return `members/${member}`;
}

interface Props {
  label?: string;
  hint?: string;
  // Without `members/`.
  value: string;
  onValue: (value: string) => void;
  tried: boolean;
}

// One of those who work here; before there are some, a name is typed.
export function MemberField({ label, hint, value, onValue, tried }: Props) {
  const { t } = useWords();
  const here = (useMembers().data?.members ?? []).filter((one) => one.state !== Member_State.LEFT);
  const wrong = (tried || value) && !isResourceId(value) ? (value ? t.memberWrong : t.required) : undefined;
  const common = { label: label ?? t.inbox.who, value, onValue, wrong };
  if (!here.length) return <TextField {...common} hint={hint ?? t.inbox.whoHint} />;
  const options = here.map((one) => ({ value: idOf(one.name), label: one.displayName }));
  if (!options.some((option) => option.value === value)) options.unshift({ value, label: value || t.action.choose });
  return <SelectField {...common} hint={hint ?? t.inbox.whoKept} options={options} />;
}
