// Fields of forms: a label, an input, a hint, and what is wrong with it.
import type { ComponentChildren } from "preact";
import { useId } from "react";

import { isSend } from "../base/keys";
import { useWords } from "../words/words";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  wrong?: string | undefined;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}

export function Field({ label, hint, wrong, children }: FieldProps) {
  const id = useId();
  // What it is for is not taken away from who got it wrong.
  const about = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(about && { "aria-describedby": about }), ...(wrong && { "aria-invalid": true }) })}
      {wrong && (
        <p className="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface TalkProps {
  label: string;
  // What it is about, where several stand on a page.
  about?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  // By Ctrl or Cmd and Enter.
  onSend: () => void;
  rows: number;
  autoFocus?: boolean;
}

// A text that is sent where one writes it.
export function TalkField({ label, about, value, onValue, onSend, rows, autoFocus }: TalkProps) {
  return (
    <textarea
      rows={rows}
      aria-label={about ? `${about}: ${label}` : label}
      placeholder={label}
      value={value}
      autoFocus={autoFocus}
      onInput={(event) => onValue(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (isSend(event)) onSend();
      }}
    />
  );
}

interface TextProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string | undefined;
  wrong?: string | undefined;
  rows?: number;
  autoFocus?: boolean;
  // What is offered while one types; found by its label, too.
  list?: (string | { value: string; label: string })[];
  placeholder?: string;
}

export function TextField({ label, value, onValue, hint, wrong, rows, autoFocus, list, placeholder }: TextProps) {
  const options = useId();
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(ids) =>
        rows ? (
          <textarea
            {...ids}
            rows={rows}
            value={value}
            autoFocus={autoFocus}
            placeholder={placeholder}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
        ) : (
          <>
            <input
              {...ids}
              type="text"
              value={value}
              autoFocus={autoFocus}
              placeholder={placeholder}
              spellcheck={false}
              autocomplete="off"
              list={list ? options : undefined}
              onInput={(event) => onValue(event.currentTarget.value)}
            />
            {list && (
              <datalist id={options}>
                {list.map((one) => (typeof one === "string" ? <option key={one} value={one} /> : <option key={one.value} value={one.value} label={one.label} />))}
              </datalist>
            )}
          </>
        )
      }
    </Field>
  );
}

interface SelectProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  options: { value: string; label: string }[];
  hint?: string;
  wrong?: string | undefined;
}

// What is chosen cannot be written.
function useChosenWrong(wrong: string | undefined): string | undefined {
  const { t } = useWords();
  return wrong === t.required ? t.requiredChoice : wrong;
}

export function SelectField({ label, value, onValue, options, hint, wrong }: SelectProps) {
  return (
    <Field label={label} hint={hint} wrong={useChosenWrong(wrong)}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TickProps<T> {
  label: string;
  options: { value: T; label: string; hint?: string }[];
  values: T[];
  onValues: (values: T[]) => void;
}

// Any number of a few: boxes to tick.
export function Ticks<T extends string | number>({ label, options, values, onValues }: TickProps<T>) {
  return (
    <fieldset className="field ticks">
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className="tick">
          <input
            type="checkbox"
            checked={values.includes(option.value)}
            onChange={(event) => onValues(event.currentTarget.checked ? [...values, option.value] : values.filter((one) => one !== option.value))}
          />
          <span>
            {option.label}
            {option.hint && <small>{option.hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface ChoiceProps<T extends string | number> {
  label: string;
  options: { value: T; label: string; hint?: string }[];
  value: T;
  onValue: (value: T) => void;
  wrong?: string | undefined;
}

// A few choices beside each other: radio buttons that look like one switch.
export function Choice<T extends string | number>({ label, options, value, onValue, wrong }: ChoiceProps<T>) {
  const name = useId();
  const hint = options.find((option) => option.value === value)?.hint;
  const fault = useChosenWrong(wrong);
  return (
    <fieldset className="field choice">
      <legend>{label}</legend>
      <div className="seg">
        {options.map((option) => (
          <label key={option.value} className={option.value === value ? "on" : ""}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onValue(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
      {fault ? <p className="wrong">{fault}</p> : hint && <p className="hint">{hint}</p>}
    </fieldset>
  );
}
