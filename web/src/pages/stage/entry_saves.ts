// How what was typed into the form of a day is stored, and until when it stays in its cell.

// An average and a share have two.
export type Parts = [string, string];

export function isSame(one: Parts, other: Parts): boolean {
  return one[0] === other[0] && one[1] === other[1];
}

// One after the other, in the order in which they were typed. Tells at once how it went, and answers whether it was stored once that has been read again.
export function savesInTurn(readAnew: () => Promise<unknown>) {
  let before: Promise<unknown> = Promise.resolve();
  return async (record: () => Promise<unknown>, tell: (error?: unknown) => void): Promise<boolean> => {
    const mine = before.then(record);
    before = mine.catch(() => undefined);
    try {
      await mine;
    } catch (error) {
      tell(error);
      return false;
    }
    tell();
    await readAnew();
    return true;
  };
}

type SetTyped = (change: (typed: Parts | undefined) => Parts | undefined) => void;

// What one cell sends.
export function sendsOf(setTyped: SetTyped) {
  let newest: Parts | undefined;
  return {
    // What is being saved.
    underWay: () => newest,
    // What was typed stays until it is stored, and where it is not; so does what was typed in between.
    send: async (parts: Parts, save: () => Promise<boolean>): Promise<void> => {
      const mine: Parts = [...parts];
      newest = mine;
      const stored = await save();
      if (newest !== mine) return;
      newest = undefined;
      if (stored) setTyped((typed) => (typed && isSame(typed, mine) ? undefined : typed));
    },
  };
}
