// Who decides: there is no sign-in yet, so the device remembers the name.
import { isResourceId } from "../base/ids";
import { changeSettings, settings } from "../base/settings";
import { useWords } from "../words/words";
import { TextField } from "./fields";

export function memberFault(member: string, wrong: string): string | undefined {
  return isResourceId(member) ? undefined : wrong;
}

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
  return (
    <TextField
      label={t.inbox.who}
      hint={t.inbox.whoHint}
      value={value}
      onValue={onValue}
      wrong={tried || value ? memberFault(value, value ? t.memberWrong : t.required) : undefined}
    />
  );
}
