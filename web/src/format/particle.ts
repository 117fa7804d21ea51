// Korean particles after names, words and numbers: 은/는, 이/가, 을/를, 과/와, 으로/로, 이에요/예요.

export type Particle = "은/는" | "이/가" | "을/를" | "과/와" | "으로/로" | "이에요/예요" | "이라/라";

type Ending = "vowel" | "rieul" | "consonant";

// 영 일 이 삼 사 오 육 칠 팔 구; and 십, 백, 천, 만, 억 all end in a consonant, as 영 does.
const DIGITS: Ending[] = [
  "consonant",
  "rieul",
  "vowel",
  "consonant",
  "vowel",
  "vowel",
  "consonant",
  "rieul",
  "rieul",
  "vowel",
];

function endingOf(text: string): Ending {
  // What is not read aloud: quotes, brackets, signs.
  const last = text.replace(/[^\p{L}\p{N}%]+$/u, "").slice(-1);
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) {
    const final = (code - 0xac00) % 28;
    return final === 0 ? "vowel" : final === 8 ? "rieul" : "consonant";
  }
  if (/[0-9]/.test(last)) return DIGITS[Number(last)]!;
  // Letters that are spelled out: 엘, 알, 엠, 엔. Else about as the word is pronounced.
  const spelled = /(^|[^A-Za-z])[A-Z]+$/.test(text);
  if (spelled ? /[LR]/.test(last) : last === "l") return "rieul";
  return (spelled ? /[MN]/ : /[bckmnpt]/).test(last) ? "consonant" : "vowel";
}

export function withParticle(text: string, particle: Particle): string {
  const [afterConsonant, afterVowel] = particle.split("/") as [string, string];
  const ending = endingOf(text);
  const vowelLike = ending === "vowel" || (ending === "rieul" && particle === "으로/로");
  return text + (vowelLike ? afterVowel : afterConsonant);
}
