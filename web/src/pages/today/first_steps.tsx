// The first run: who works here, what is measured, what was heard. Each step stays until it is done.
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { useRef, useState } from "react";
import { Link } from "wouter";

import { Member_Role, Member_State, MemberSchema } from "@protos/dangol/metrics/v1/member_pb";
import { runAction } from "../../base/actions";
import { queries } from "../../base/api";
import { useDraft } from "../../base/draft";
import { explain } from "../../base/errors";
import { idOf, isResourceId, requestId } from "../../base/ids";
import { changeSettings, isDemo } from "../../base/settings";
import { Icon } from "../../parts/icon";
import { SelectField, TextField } from "../../parts/fields";
import { members, useMembers } from "../../parts/members";
import { Key, Wrong } from "../../parts/small";
import { useWords } from "../../words/words";

const ROLES = [Member_Role.VIEWER, Member_Role.AGENT, Member_Role.DEVELOPER, Member_Role.OWNER, Member_Role.LEAD];

// Who uses this device; a name that nobody has yet becomes a member.
function WhoAreYou() {
  const { t } = useWords();
  const [id, setId] = useDraft("first.member");
  const [name, setName] = useDraft("first.name");
  const [chosen, setChosen] = useState("");
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const fault = isResourceId(id) ? undefined : id ? t.memberWrong : t.required;
  const here = (useMembers().data?.members ?? []).filter((one) => one.state !== Member_State.LEFT);
  const save = async () => {
    // The form goes with it: what comes in its place has the focus.
    const be = (who: string) => {
      changeSettings({ member: who });
      setTimeout(() => document.getElementById("main")?.focus());
    };
    if (chosen) return be(chosen);
    setTried(true);
    if (fault) return form.current?.querySelector("input")?.focus();
    // Whoever begins looks after people and services, too: nobody else does yet.
    const roles = here.length ? ROLES : [...ROLES, Member_Role.ADMIN];
    const member = create(MemberSchema, { displayName: name.trim() || id, roles });
    try {
      await members.createMember({ memberId: id, member, requestId: requestId() });
    } catch (error) {
      if (ConnectError.from(error).code !== Code.AlreadyExists) return setFailure(explain(error, t).sentence);
    }
    be(id);
    setId("");
    setName("");
    void queries.invalidateQueries();
  };
  return (
    <form
      ref={form}
      className="step-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {here.length > 0 && (
        <SelectField
          label={t.today.orOneOf}
          value={chosen}
          onValue={setChosen}
          options={[{ value: "", label: t.action.choose }, ...here.map((one) => ({ value: idOf(one.name), label: one.displayName }))]}
        />
      )}
      {here.length > 0 && !chosen && <p className="t2">{t.today.orNew}</p>}
      {!chosen && (
        <>
          <TextField
            label={t.today.yourId}
            hint={t.today.yourIdHint}
            value={id}
            onValue={(text) => setId(text.toLowerCase())}
            wrong={tried || id ? fault : undefined}
          />
          <TextField label={t.today.yourName} value={name} onValue={setName} />
        </>
      )}
      <button type="submit" className="btn primary">
        {t.today.thatIsMe}
      </button>
      <Wrong sentence={failure} />
    </form>
  );
}

interface Props {
  member: boolean;
  engine: boolean;
  complaints: boolean;
}

export default function FirstSteps({ member, engine, complaints }: Props) {
  const { t } = useWords();
  // The rest is there already: others have begun.
  if (engine && complaints) {
    return (
      <section className="lead">
        <h2 className="say">{t.today.whoTitle}</h2>
        <p className="sub">{isDemo ? t.today.whoDemo : t.today.whoText}</p>
        <WhoAreYou />
      </section>
    );
  }
  const done = [member, engine, complaints];
  const current = done.indexOf(false);
  const ways = [
    <WhoAreYou key="who" />,
    <Link key="engine" className="btn primary" href="/engine">
      {t.action.choose}
    </Link>,
    <div key="heard" className="step-ways">
      <button type="button" className="btn primary" onClick={() => runAction("new")}>
        {t.newTicket.do} <Key of="c" />
      </button>
      <span className="t3">
        {t.today.orImport} <code>dangol import csv --help</code>
      </span>
    </div>,
  ];
  return (
    <section className="lead">
      <h2 className="say">{t.today.firstTitle}</h2>
      <p className="sub">{t.today.firstText}</p>
      <ol className="first-steps">
        {t.today.firstSteps.map(([title, why], index) => (
          <li key={title} className={done[index] ? "done" : index === current ? "now" : ""} aria-current={index === current ? "step" : undefined}>
            <span className="no">{done[index] ? <Icon name="check" /> : index + 1}</span>
            <div>
              <b>
                {title}
                {done[index] && <span className="vh"> {t.today.stepDone}</span>}
              </b>
              <p className="t2">{why}</p>
              {index === current && ways[index]}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
