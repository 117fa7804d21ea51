// Who decides: the name of who signed in, or that which this device remembers.
import { Member_State } from "@protos/dangol/metrics/v1/member_pb";
import { idOf, isResourceId } from "../base/ids";
import { changeSettings, settings } from "../base/settings";
import { useWords } from "../words/words";
import { TextField } from "./fields";
import { useMembers } from "./members";

// Empty: nobody has said who works here.
export function memberOfDevice(): string {
  const { member } = settings();
  return isResourceId(member) ? `members/${member}` : "";
}

export function rememberMember(member: string): string {
  if (member !== settings().member) changeSettings({ member });
  return `members/${member}`;
}

export function MemberField({ value, onValue, tried }: { value: string; onValue: (value: string) => void; tried: boolean }) {
  const { t } = useWords();
  const { data } = useMembers();
  return (
    <TextField
      label={t.inbox.who}
      hint={t.inbox.whoHint}
      value={value}
      onValue={onValue}
      list={data?.members.filter((one) => one.state !== Member_State.LEFT).map((one) => idOf(one.name)) ?? []}
      wrong={(tried || value) && !isResourceId(value) ? (value ? t.memberWrong : t.required) : undefined}
    />
  );
}
