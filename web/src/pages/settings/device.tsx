// What this person chose on this device.
import { runAction } from "../../base/actions";
import { signOut, useSession } from "../../base/session";
import { changeSettings, useSettings, type Language, type Theme } from "../../base/settings";
import { memberName } from "../../base/texts";
import { Choice } from "../../parts/fields";
import { MemberField } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { Key } from "../../parts/small";
import { useWords } from "../../words/words";

export function Device() {
  const { t } = useWords();
  const settings = useSettings();
  const { session } = useSession();
  const nameOf = useMemberNames();
  return (
    <section className="lead">
      <h2>{t.settings.parts.device}</h2>
      <p className="sub">{t.settings.mineText}</p>
      <div className="form">
        <Choice<Language>
          label={t.settings.language}
          options={[
            { value: "ko", label: "한국어" },
            { value: "en", label: "English" },
          ]}
          value={settings.language}
          onValue={(language) => changeSettings({ language })}
        />
        <Choice<Theme>
          label={t.settings.theme}
          options={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t.settings.themes[value] }))}
          value={settings.theme}
          onValue={(theme) => changeSettings({ theme })}
        />
        <Choice<string>
          label={t.settings.singleKeys}
          options={[
            { value: "on", label: t.settings.on, hint: t.settings.singleKeysText },
            { value: "off", label: t.settings.off, hint: t.settings.singleKeysText },
          ]}
          value={settings.singleKeys ? "on" : "off"}
          onValue={(value) => changeSettings({ singleKeys: value === "on" })}
        />
        {session && (
          <div className="field signed-in">
            <p>
              <b>{nameOf(`members/${memberName(session.name)}`)}</b> <span className="t3">{session.roles.map((role) => t.settings.token.roles[role] ?? role).join(" · ")}</span>
            </p>
            <button type="button" className="btn" onClick={() => void signOut()}>
              {t.settings.signOut}
            </button>
          </div>
        )}
        {!session && (
          <MemberField label={t.settings.me} hint={t.settings.meText} value={settings.member} onValue={(member) => changeSettings({ member })} tried={false} />
        )}
      </div>
      <p className="alt">
        <button type="button" className="btn" onClick={() => runAction("help")}>
          {t.settings.seeKeys} <Key of="?" />
        </button>
      </p>
    </section>
  );
}
