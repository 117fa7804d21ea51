// One of those who work here, or nobody.
import { Member_State } from "@protos/dangol/metrics/v1/member_pb";
import { useWords } from "../words/words";
import { SelectField } from "./fields";
import { useMembers } from "./members";

interface Props {
  label: string;
  value: string;
  onValue: (member: string) => void;
  wrong?: string | undefined;
  // What it means where nobody is chosen.
  nobody?: string;
}

export function MemberSelect({ label, value, onValue, wrong, nobody }: Props) {
  const { t } = useWords();
  const { data } = useMembers();
  const here = (data?.members ?? []).filter((one) => one.state !== Member_State.LEFT || one.name === value);
  const options = here.map((one) => ({ value: one.name, label: one.displayName }));
  return <SelectField label={label} value={value} onValue={onValue} wrong={wrong} options={[{ value: "", label: nobody ?? t.nobody }, ...options]} />;
}
