import { expect, test } from "vitest";

import { savesInTurn, sendsOf, type Parts } from "../../src/pages/stage/entry_saves";

// A call that is answered when the test says so.
function waiting() {
  let answer!: () => void;
  let fail!: (error: Error) => void;
  const call = new Promise<void>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  return { call, answer, fail };
}

const settled = () => new Promise((done) => setTimeout(done));
const ignore = () => undefined;

// A cell, as the page has it.
function cell() {
  const state: { typed: Parts | undefined } = { typed: undefined };
  const sends = sendsOf((change) => (state.typed = change(state.typed)));
  return { state, sends };
}

test("a number stays in its cell until it is stored and has been read again", async () => {
  const record = waiting();
  const read = waiting();
  const inTurn = savesInTurn(() => read.call);
  const { state, sends } = cell();
  state.typed = ["12", ""];
  void sends.send(state.typed, () => inTurn(() => record.call, ignore));
  await settled();
  expect(state.typed).toEqual(["12", ""]);
  record.answer();
  await settled();
  expect(state.typed).toEqual(["12", ""]);
  expect(sends.underWay()).toEqual(["12", ""]);
  read.answer();
  await settled();
  expect(state.typed).toBeUndefined();
  expect(sends.underWay()).toBeUndefined();
});

test("a number that is not stored stays, and can be sent again", async () => {
  const record = waiting();
  const inTurn = savesInTurn(async () => undefined);
  const told: unknown[] = [];
  const { state, sends } = cell();
  state.typed = ["12", ""];
  void sends.send(state.typed, () => inTurn(() => record.call, (error) => told.push(error)));
  const away = new Error("away");
  record.fail(away);
  await settled();
  expect(told).toEqual([away]);
  expect(state.typed).toEqual(["12", ""]);
  expect(sends.underWay()).toBeUndefined();
  // Nobody has said who enters it.
  await sends.send(state.typed!, async () => false);
  expect(state.typed).toEqual(["12", ""]);
  await sends.send(state.typed!, async () => true);
  expect(state.typed).toBeUndefined();
});

test("what was typed on while a save was under way stays, until the newest is stored", async () => {
  const saves = [waiting(), waiting()];
  const { state, sends } = cell();
  state.typed = ["1", ""];
  void sends.send(state.typed, () => saves[0]!.call.then(() => true));
  state.typed = ["12", ""];
  void sends.send(state.typed, () => saves[1]!.call.then(() => true));
  state.typed = ["1", ""];
  saves[0]!.answer();
  await settled();
  expect(state.typed).toEqual(["1", ""]);
  expect(sends.underWay()).toEqual(["12", ""]);
  saves[1]!.answer();
  await settled();
  expect(state.typed).toEqual(["1", ""]);
});

test("numbers are saved in the order in which they were typed, and one that fails keeps none from its turn", async () => {
  const records = [waiting(), waiting(), waiting()];
  const log: string[] = [];
  const inTurn = savesInTurn(() => waiting().call);
  records.forEach(({ call }, index) => {
    void inTurn(
      () => {
        log.push(`${index} begins`);
        return call;
      },
      (error) => log.push(`${index} ${error ? "fails" : "is stored"}`),
    );
  });
  await settled();
  expect(log).toEqual(["0 begins"]);
  records[0]!.answer();
  records[1]!.fail(new Error("away"));
  await settled();
  // The next does not wait until what was stored has been read.
  expect(log.filter((line) => line.startsWith("0") || line.startsWith("1"))).toEqual(["0 begins", "0 is stored", "1 begins", "1 fails"]);
  expect(log).toContain("2 begins");
});
