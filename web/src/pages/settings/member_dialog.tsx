// Somebody comes, does something else, or leaves.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { Member_Role, Member_State, MemberSchema, type Member } from "@protos/dangol/metrics/v1/member_pb";
import { isResourceId, requestId } from "../../base/ids";
import { may } from "../../base/session";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, SelectField, TextField, Ticks } from "../../parts/fields";
import { members, readMembersAnew, useMembers } from "../../parts/members";
import { useWords } from "../../words/words";
import { Invitation } from "./invitation";

const ROLES = [Member_Role.VIEWER, Member_Role.AGENT, Member_Role.DEVELOPER, Member_Role.OWNER, Member_Role.LEAD, Member_Role.ADMIN, Member_Role.PRIVACY];
const PATHS = ["display_name", "email", "roles", "employer", "state"];

export function MemberDialog({ member, onClose }: { member?: Member; onClose: () => void }) {
  const { t, f } = useWords();
  const m = t.settings.member;
  const [login, setLogin] = useState("");
  const [name, setName] = useState(member?.displayName ?? "");
  const [email, setEmail] = useState(member?.email ?? "");
  const [employer, setEmployer] = useState(member?.employer ?? "");
  const [roles, setRoles] = useState<Member_Role[]>(member?.roles ?? [Member_Role.VIEWER, Member_Role.AGENT]);
  const [state, setState] = useState(member?.state ?? Member_State.ACTIVE);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const loginFault = member || isResourceId(login) ? undefined : login ? t.memberWrong : t.required;
  const emailFault = email.trim() && !/^\S+@\S+$/.test(email.trim()) ? m.emailWrong : undefined;
  // Who does from now on what somebody did who leaves.
  const others = (useMembers().data?.members ?? []).filter((one) => one.name !== member?.name && one.state === Member_State.ACTIVE);
  const [heir, setHeir] = useState("");
  const [transferId] = useState(requestId);
  const leaves = state === Member_State.LEFT && member?.state !== Member_State.LEFT;
  const send = async () => {
    const next = create(MemberSchema, { displayName: name.trim(), email: email.trim(), employer: employer.trim(), roles: [...roles].sort(), state });
    if (member) {
      const { name } = member;
      let { etag } = member;
      if (leaves && heir) {
        await members.transferWork({ name, etag, to: heir, requestId: transferId });
        ({ etag } = await members.getMember({ name }));
      }
      const updateMask = create(FieldMaskSchema, { paths: PATHS });
      await members.updateMember({ name, member: next, updateMask, etag, requestId: id });
    } else {
      await members.createMember({ memberId: login, member: next, requestId: id });
    }
    await readMembersAnew();
    say(member ? m.changed : m.added);
  };
  return (
    <FormDialog
      title={member ? m.edit : m.add}
      submit={member ? m.save : m.make}
      impact={leaves ? (member?.stages.length && !heir ? m.leavesStages(f.count(member.stages.length)) : m.leaves) : undefined}
      check={() => {
        setTried(true);
        return !loginFault && !emailFault && Boolean(name.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      {!member && <TextField label={m.short} hint={t.today.yourIdHint} value={login} onValue={(text) => setLogin(text.toLowerCase())} wrong={tried || login ? loginFault : undefined} autoFocus />}
      <TextField label={m.name} value={name} onValue={setName} wrong={tried && !name.trim() ? t.required : undefined} autoFocus={Boolean(member)} />
      <Ticks label={m.does} options={ROLES.map((value) => ({ value, label: m.roles[value]!, hint: m.rolesWhy[value]! }))} values={roles} onValues={setRoles} />
      <TextField label={m.email} value={email} onValue={setEmail} wrong={tried ? emailFault : undefined} />
      <TextField label={m.employer} hint={m.employerHint} value={employer} onValue={setEmployer} />
      {member && (
        <Choice
          label={m.state}
          options={[
            { value: Member_State.ACTIVE, label: m.states[Member_State.ACTIVE]! },
            { value: Member_State.LEFT, label: m.states[Member_State.LEFT]!, hint: m.leftText },
          ]}
          value={state}
          onValue={setState}
        />
      )}
      {leaves && others.length > 0 && (
        <SelectField
          label={m.heir}
          hint={m.heirHint}
          options={[{ value: "", label: t.settings.nobody }, ...others.map((one) => ({ value: one.name, label: one.displayName }))]}
          value={heir}
          onValue={setHeir}
        />
      )}
      {member?.state === Member_State.ACTIVE && !leaves && may("members.invite") && <Invitation member={member.name} />}
    </FormDialog>
  );
}
