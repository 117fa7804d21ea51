// Where a number comes from: its value, how it is made, and the rows behind it, which are saved as they are shown.
import type { ComponentChildren } from "preact";
import { useId } from "react";

import { saveCsv } from "../base/csv";
import { useWords } from "../words/words";
import { ModalHead, useModal } from "./modal";
import { Table } from "./table";

interface Props {
  name: string;
  value: string;
  period: string;
  facts: [name: string, text: string][];
  // Names of columns; from the second on they are numbers, unless `texts` says so.
  head: string[];
  texts?: string[];
  // Empty: the rows are not there yet, or `failure` says why.
  rows: { key: string; cells: ComponentChildren[] }[];
  failure?: ComponentChildren;
  file: string;
  saved: () => string[][];
  // Where to go from here.
  children?: ComponentChildren;
  onClose: () => void;
}

export function WhyDialog({ name, value, period, facts, head, texts = [], rows, failure, file, saved, children, onClose }: Props) {
  const { t } = useWords();
  const dialog = useModal();
  const heading = useId();
  const numbers = head.flatMap((name, index) => (index && !texts.includes(name) ? [index] : []));
  return (
    <dialog ref={dialog} className="dialog wide-dialog why" aria-labelledby={heading} onClose={onClose}>
      <ModalHead title={t.why.title(name)} id={heading} dialog={dialog} />
      <div className="dialog-body">
        <p className="why-value">
          <b>{value}</b> <span className="t3">{period}</span>
        </p>
        <dl className="facts-list">
          {facts.map(
            ([about, text]) =>
              text && (
                <div key={about}>
                  <dt>{about}</dt>
                  <dd>{text}</dd>
                </div>
              ),
          )}
        </dl>
        {failure || (
          <Table label={t.why.rows} head={head} numbers={numbers} onPhones="table">
            {rows.map(({ key, cells }) => (
              <tr key={key}>
                {cells.map((cell, index) =>
                  index ? (
                    <td key={index} className={numbers.includes(index) ? "r" : "t3"}>
                      {cell}
                    </td>
                  ) : (
                    <th key={index} scope="row">
                      {cell}
                    </th>
                  ),
                )}
              </tr>
            ))}
          </Table>
        )}
        <p className="alt">
          <button type="button" className="btn" onClick={() => saveCsv(file, saved())}>
            {t.action.csvShort}
          </button>{" "}
          {children}
        </p>
      </div>
    </dialog>
  );
}
