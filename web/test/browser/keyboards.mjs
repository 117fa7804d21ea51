// Keyboards: a Latin one, and one whose Korean input method is on, as Chromium says its keys.

const ON = { q: "ㅂ", w: "ㅈ", e: "ㄷ", r: "ㄱ", t: "ㅅ", y: "ㅛ", u: "ㅕ", i: "ㅑ", o: "ㅐ", p: "ㅔ", a: "ㅁ", s: "ㄴ", d: "ㅇ", f: "ㄹ", g: "ㅎ", h: "ㅗ", j: "ㅓ", k: "ㅏ", l: "ㅣ", z: "ㅋ", x: "ㅌ", c: "ㅊ", v: "ㅍ", b: "ㅠ", n: "ㅜ", m: "ㅡ" };

// Enter that ends a syllable is no Enter of ours: it comes while the input method composes.
const COMPOSING_ENTER = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };

export function latin(page) {
  return { press: (key) => page.keyboard.press(key), write: (text) => page.keyboard.type(text) };
}

export async function hangul(page) {
  const cdp = await page.context().newCDPSession(page);
  const press = async (key) => {
    if (!ON[key]) return page.keyboard.press(key);
    const event = { key: ON[key], code: `Key${key.toUpperCase()}`, windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0) };
    await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...event });
    await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  };
  // Each syllable is composed before it stands; the last one is ended by Enter.
  const write = async (text) => {
    for (const syllable of text) {
      await cdp.send("Input.imeSetComposition", { text: syllable, selectionStart: 1, selectionEnd: 1 });
      if (syllable === text.at(-1)) {
        await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...COMPOSING_ENTER });
        await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...COMPOSING_ENTER });
      }
      await cdp.send("Input.insertText", { text: syllable });
    }
  };
  return { press, write };
}
