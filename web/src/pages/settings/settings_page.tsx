// Settings: this device, and how the services are.
import "../../style/calm.css";
import "../../style/settings.css";

import { runAction } from "../../base/actions";
import { isResourceId } from "../../base/ids";
import { changeSettings, useSettings, type Language, type Theme } from "../../base/settings";
import { Page } from "../../app/shell";
import { Choice, TextField } from "../../parts/fields";
import { Key } from "../../parts/small";
import { useWords } from "../../words/words";
import { ParkedEvents } from "./parked_events";
import { Policy } from "./policy";
import { Services } from "./services";

function Mine() {
  const { t } = useWords();
  const settings = useSettings();
  return (
    <section className="lead">
      <h2>{t.settings.mine}</h2>
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
        <TextField
          label={t.settings.member}
          hint={t.settings.memberText}
          value={settings.member}
          onValue={(member) => changeSettings({ member })}
          wrong={settings.member && !isResourceId(settings.member) ? t.memberWrong : undefined}
        />
      </div>
      <p className="alt">
        <button type="button" className="btn" onClick={() => runAction("help")}>
          {t.settings.seeKeys} <Key of="?" />
        </button>
      </p>
    </section>
  );
}

export default function SettingsPage() {
  const { t } = useWords();
  return (
    <Page title={t.settings.title} className="calm">
      <div className="page settings">
        <Mine />
        <Policy />
        <Services />
        <ParkedEvents />
      </div>
    </Page>
  );
}
