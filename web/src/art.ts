/* art: a portrait for every character and a cover for every pack, drawn here from the key alone.
 *
 * A studio's catalogue has keys and rarities and no pictures. So each key is hashed to a row of dice, and each throw picks
 * a part: skin, hair, eyes, what is worn, what is on the head, the sign on the breast, and the colours of it all. The same
 * key throws the same dice everywhere and for ever; two keys seldom look alike. The rarity decides on the backdrop (hill,
 * moon, rays, sun) and the frame (a line, two, with corners, of gold), so it can be told without colours.
 *
 * A drawing is an SVG document in a data: address, which the content security policy allows to images, and which keeps the
 * ids of its gradients to itself. Only numbers and words of this file go into it; the key goes into the hash and nowhere
 * else. Pictures are decoration: their alt is empty, the name always stands beside them as text.
 *
 * When you add a part: at the end of its list, and every portrait changes, as the dice have more sides. Parts are drawn
 * from the back to the front, on 240 x 320; the face is 116 wide around (120, 138). */

import type { Rarity } from "../../protocol/typescript/src/index.js";

/** A whole number from 0 up to (without) `sides`. */
type Dice = (sides: number) => number;

/** FNV-1a of the key, then xorshift. */
function diceOf(key: string): Dice {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) state = Math.imul(state ^ byte, 0x01000193);
  return (sides) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % sides;
  };
}

function pick<T>(dice: Dice, list: readonly T[]): T {
  return list[dice(list.length)]!;
}

const hsl = (hue: number, saturation: number, light: number): string => `hsl(${hue % 360},${saturation}%,${light}%)`;
const path = (d: string, fill: string, more = ""): string => `<path d="${d}" fill="${fill}" ${more}/>`;
const disc = (x: number, y: number, r: number, fill: string, more = ""): string => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
const line = (d: string, stroke: string, width: number, more = ""): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;
const mirrored = (part: string): string => `${part}<g transform="matrix(-1 0 0 1 240 0)">${part}</g>`;
const ring = (count: number, make: (degrees: number, i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make((360 / count) * i, i)).join("");

// --- portraits

interface Look {
  skin: string; shade: string; hair: string; hairDark: string; hairLight: string; eyes: string; cloth: string; clothDark: string; trim: string;
}

const SKINS = [["#fde0cb", "#f0b99c"], ["#f6cfae", "#dfa37c"], ["#e5b18a", "#c58760"], ["#c68a62", "#a2683f"], ["#96603f", "#734427"], ["#6d422b", "#50301e"]];
const HAIRS: readonly [number, number, number][] = [
  [28, 45, 24], [14, 60, 36], [42, 75, 62], [220, 16, 22], [205, 14, 82], [345, 62, 58], [190, 58, 46], [265, 45, 52], [150, 38, 40], [8, 76, 46]];

const BACK_HAIR: readonly ((look: Look) => string)[] = [
  ({ hairDark }) => disc(120, 130, 68, hairDark),
  ({ hairDark }) => path("M50 130C44 66 84 54 120 54s76 12 70 76c-2 40 10 86 18 116-22 8-40 2-52-8H84c-12 10-30 16-52 8 8-30 20-76 18-116Z", hairDark),
  ({ hairDark }) => disc(120, 128, 66, hairDark) + mirrored(path("M64 108C22 104 8 150 20 196c4 18 2 32-6 44 32-4 46-38 42-74-2-22 6-36 14-44Z", hairDark)),
  ({ hairDark }) => disc(120, 128, 66, hairDark) + path("M160 84c44-10 62 26 54 74-4 28 0 48 10 62-36-4-52-40-46-78 2-20-6-36-18-58Z", hairDark),
  ({ hairDark }) => mirrored(path("M120 52C74 44 44 76 48 120L28 112l16 36-18 8 30 22 20 22 44-20Z", hairDark)),
  ({ hairDark }) => disc(120, 128, 66, hairDark) + mirrored(disc(66, 72, 25, hairDark)),
];

const FRINGES: readonly ((look: Look) => string)[] = [
  ({ hair }) => path("M54 140C48 84 82 54 120 54s72 30 66 86c-8-16-14-30-18-44-10 8-18 10-28 10 4-6 6-10 6-16-16 18-48 22-66 16-8 12-20 26-26 34Z", hair),
  ({ hair }) => path("M54 146C46 82 84 54 120 54s74 28 66 92c-6-20-18-44-36-60-8 16-18 26-32 34 2-10 2-18 0-26-18 22-52 26-64 52Z", hair),
  ({ hair }) => path("M54 138C50 82 84 54 120 54s70 28 66 84l-14-28-10 12-12-20-14 22-14-24-14 24-14-22-12 20-12-12Z", hair),
  ({ hair }) => path("M54 150C46 84 82 54 120 54s74 30 66 96c-10-26-18-46-40-60-26 2-60 12-74 30-8 10-14 22-18 30Z", hair),
  ({ hair }) => mirrored(path("M121 54C80 52 48 84 54 148c8-32 26-56 67-62Z", hair)),
];

const CLOTHES: readonly ((look: Look) => string)[] = [
  ({ cloth, clothDark, trim }) => path("M26 320c2-70 40-92 94-92s92 22 94 92Z", cloth) + path("M92 230l28 52 28-52 14 4-42 86-42-86Z", clothDark) + line("M84 234l36 76 36-76", trim, 5),
  ({ cloth, clothDark, trim }) => path("M26 320c2-70 40-92 94-92s92 22 94 92Z", clothDark) + path("M70 238c20-20 80-20 100 0 6 18-14 32-50 32s-56-14-50-32Z", cloth) + path("M132 262l30 8-6 50h-26Z", cloth) + line("M74 250c24 14 68 14 92 0", trim, 4),
  ({ cloth, clothDark, trim }) => path("M34 320c2-68 40-90 86-90s84 22 86 90Z", clothDark) + mirrored(path("M14 282c0-34 28-52 66-48 6 22 0 44-18 60Z", cloth) + line("M17 280c6-28 30-42 62-40", trim, 5)) + path("M86 250h68l-10 70H96Z", cloth),
  ({ cloth, clothDark, trim }) => path("M18 320c4-76 44-96 102-96s98 20 102 96Z", cloth) + path("M88 234c14 16 50 16 64 0l10 86H78Z", clothDark) + disc(96, 250, 9, trim) + disc(144, 250, 9, trim) + line("M100 254c12 8 28 8 40 0", trim, 4),
  ({ cloth, clothDark, trim }) => path("M28 320c2-72 40-92 92-92s90 20 92 92Z", cloth) + path("M84 232l14-22 22 26 22-26 14 22-36 40Z", trim) + line("M120 270v50", clothDark, 6) + disc(132, 290, 4, trim),
];

const HEADGEAR: readonly ((look: Look) => string)[] = [
  () => "",
  ({ trim }) => line("M60 106c34-22 86-22 120 0", trim, 6) + path("M120 78l11 14-11 14-11-14Z", trim),
  ({ cloth, clothDark, trim }) => path("M40 92C66 34 116 14 172 20c-16 8-24 14-24 22 26 8 44 26 54 50-50-20-112-20-162 0Z", cloth) + path("M46 90c48-22 102-22 148 0l4 12c-50-22-106-22-156 0Z", clothDark) + disc(166, 26, 7, trim),
  ({ trim, shade }) => mirrored(path("M76 82C52 76 40 52 48 26c8 20 24 28 46 38Z", trim) + line("M60 58l12-6M66 68l14-8", shade, 3)),
  ({ hair, trim }) => mirrored(path("M60 92 58 38l40 24Z", hair) + path("M67 78 66 52l20 12Z", trim)),
  ({ trim, clothDark }) => mirrored(path("M121 34c-8 12-16 18-30 20-10-6-16-12-18-18l2 52c14-8 30-11 46-11Z", trim)) + disc(120, 66, 7, clothDark) + mirrored(disc(90, 70, 4, clothDark)),
  ({ cloth, clothDark }) => path("M48 150C36 74 74 40 120 40s84 34 72 110c-2-56-32-80-72-80s-70 24-72 80Z", cloth) + line("M52 138c-2-46 28-72 68-72s70 26 68 72", clothDark, 4),
  ({ trim, clothDark }) => path("M172 86c22-26 24-52 8-72-20 18-26 44-22 68Z", trim) + line("M166 82c8-20 12-36 13-52", clothDark, 3),
  ({ trim }) => mirrored(disc(72, 92, 9, trim) + disc(58, 104, 6, trim)) + disc(120, 72, 5, trim) + mirrored(disc(94, 78, 7, trim)),
];

const EYES: readonly ((look: Look) => string)[] = [
  ({ eyes }) => mirrored(`<ellipse cx="95" cy="150" rx="10.5" ry="14.5" fill="#241a35"/><ellipse cx="95" cy="155" rx="8" ry="8.5" fill="${eyes}"/>` + line("M82 142c4-9 20-11 27-2", "#241a35", 4.5)) + disc(98.5, 144, 4, "#fff") + disc(148.5, 144, 4, "#fff"),
  ({ eyes }) => mirrored(`<ellipse cx="95" cy="151" rx="10" ry="11" fill="#241a35"/><ellipse cx="95" cy="154" rx="7" ry="7" fill="${eyes}"/>` + line("M81 147c4-8 22-10 29-3", "#241a35", 5)) + disc(98, 147, 3.5, "#fff") + disc(148, 147, 3.5, "#fff"),
  () => mirrored(line("M84 153c5-10 17-10 22 0", "#241a35", 5)),
  ({ eyes }) => mirrored(path("M82 148c6-8 20-10 28 0-4 16-22 18-28 0Z", "#fff") + disc(97, 151, 8.5, eyes) + disc(97, 151, 4.5, "#241a35") + line("M80 148c8-11 24-11 30 1", "#241a35", 5)) + disc(100, 148, 2.5, "#fff") + disc(146, 148, 2.5, "#fff"),
];

const MOUTHS = [line("M111 180c5 6 13 6 18 0", "#8a3b3f", 3.5), line("M112 181h16", "#8a3b3f", 3.5), path("M109 178c7 3 15 3 22 0-2 14-20 14-22 0Z", "#8a2f3d"), line("M112 182c6-2 10-4 17-5", "#8a3b3f", 3.5)];

function bust(dice: Dice): string {
  const [skin, shade] = pick(dice, SKINS) as [string, string];
  const [hue, saturation, light] = pick(dice, HAIRS);
  const cloth = dice(360), trim = pick(dice, [45, 45, 190, 330, 100]);
  const look: Look = {
    skin, shade, hair: hsl(hue, saturation, light), hairDark: hsl(hue, saturation, light * 0.72), hairLight: hsl(hue, saturation, Math.min(light + 16, 94)),
    eyes: hsl(dice(360), 68, 58), cloth: hsl(cloth, 46, 44), clothDark: hsl(cloth + 14, 48, 29), trim: hsl(trim, 82, 64),
  };
  const back = pick(dice, BACK_HAIR)(look), fringe = pick(dice, FRINGES)(look), gear = pick(dice, HEADGEAR)(look);
  const ear = pick(dice, ["M64 136c-16-8-20 24 0 30Z", "M64 136c-16-8-20 24 0 30Z", "M66 134C48 128 34 118 26 122c4 18 18 36 38 42Z"]);
  const brow = pick(dice, ["M84 128c8-5 16-5 22-1", "M84 124c8 0 16 2 22 6", "M86 130c6-6 14-8 20-6"]);
  return [
    back, path("M104 186h32v44c-8 14-24 14-32 0Z", shade), pick(dice, CLOTHES)(look), mirrored(path(ear, skin) + line("M56 146c-3 4-2 10 3 14", shade, 3)),
    path("M62 134c0-44 28-66 58-66s58 22 58 66c0 42-34 70-58 70S62 176 62 134Z", skin),
    mirrored(`<ellipse cx="84" cy="172" rx="11" ry="6.5" fill="#f2777a" opacity=".38"/>`), pick(dice, EYES)(look), mirrored(line(brow, look.hairDark, 4)),
    line("M119 166l3 3", shade, 3), pick(dice, MOUTHS), dice(5) === 0 ? line("M142 168l14 16M146 180l8-8", "#b6504e", 3) : "",
    fringe, line("M84 82c10-10 22-14 34-14", look.hairLight, 6, 'opacity=".7"'), gear,
  ].join("");
}

const SIGNS = [
  "M0-20 5-6 20-6 8 3 13 18 0 9-13 18-8 3-20-6-5-6Z", "M6-20C-16-18-20 14 2 20 14 20 18 12 20 8 0 14-8-6 6-20Z", "M0-22C10-8 16-2 16 8a16 14 0 0 1-32 0C-16-2-10-8 0-22Z",
  "M2-22C18-8 20 20 0 20S-16 4-8-6c2 6 4 8 8 8C-4-6-4-14 2-22Z", "M0-20 16 0 0 20-16 0Z", "M-18-14 0-20 18-14C18 6 12 14 0 20-12 14-18 6-18-14Z", "M20-20C-14-20-24 0-14 14-8 4 0-4 8-8 0-2-8 8-10 18 12 20 22 0 20-20Z", "M-20 12-22-12-8 0 0-18 8 0 22-12 20 12Z"];

const STAR = SIGNS[0]!;

function backdrop(rarity: Rarity, hue: number, dice: Dice): string {
  const far = hsl(hue, 62, 86), near = hsl(hue + 24, 60, 70);
  const stars = (count: number, fill: string): string =>
    Array.from({ length: count }, () => path(STAR, fill, `transform="translate(${20 + dice(200)} ${20 + dice(190)}) scale(.${2 + dice(4)})" opacity=".${5 + dice(5)}"`)).join("");
  switch (rarity) {
    case "rare": return disc(120, 128, 92, far, 'opacity=".55"') + disc(120, 128, 106, "none", `stroke="${far}" stroke-width="3" opacity=".6"`) + path("M0 250c50-40 90 10 130-14s70-30 110-6v90H0Z", near, 'opacity=".5"');
    case "epic": return ring(16, (turn) => path("M120 130 104-110h32Z", far, `transform="rotate(${turn} 120 130)" opacity=".3"`)) + disc(120, 130, 88, near, 'opacity=".75"') + stars(9, "#fff");
    case "legendary": return ring(20, (turn, i) => path("M120 130 106-120h28Z", i % 2 ? "#fff3c4" : "#ffb938", `transform="rotate(${turn} 120 130)" opacity=".55"`)) + disc(120, 130, 96, "#fff2b8", 'opacity=".8"') + disc(120, 130, 108, "none", 'stroke="#fff2b8" stroke-width="4" stroke-dasharray="2 12" stroke-linecap="round"') + stars(14, "#fffbe8");
    default: return disc(178, 74, 30, far, 'opacity=".6"') + path("M0 240c60-50 100-20 140 0s70 10 100-10v90H0Z", near, 'opacity=".5"');
  }
}

const FRAMES: Record<Rarity, readonly [string, string]> = {
  unknown: ["#aab2c0", ""], common: ["#aab2c0", ""],
  rare: ["#4d9df0", `<rect x="11" y="11" width="218" height="298" rx="14" fill="none" stroke="#cfe6ff" stroke-width="2"/>`],
  epic: ["#b05be6", [[16, 16], [224, 16], [16, 304], [224, 304]].map(([x, y]) => path(SIGNS[4]!, "#f3dcff", `transform="translate(${x} ${y}) scale(.7)"`)).join("")],
  legendary: ["url(#g)", `<rect x="14" y="14" width="212" height="292" rx="12" fill="none" stroke="#fff0b3" stroke-width="3"/>` + path("M84 0h72c-4 18-20 30-36 30S88 18 84 0Z", "url(#g)") + path(STAR, "#7a4300", 'transform="translate(120 12) scale(.5)"')],
};

const gradient = (id: string, from: string, to: string): string =>
  `<linearGradient id="${id}" x1="0" y1="0" x2=".4" y2="1"><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`;

export function portraitSvg(key: string, rarity: Rarity): string {
  const dice = diceOf(key);
  const hue = rarity === "legendary" ? 28 + dice(20) : dice(360);
  const [edge, ornament] = FRAMES[rarity];
  const deep = rarity === "legendary" ? gradient("b", "#ffcf5c", "#c2571b") : gradient("b", hsl(hue, 58, rarity === "epic" ? 52 : 66), hsl(hue + 50, 52, rarity === "epic" ? 28 : 44));
  const scene = backdrop(rarity, hue, dice);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 320" width="240" height="320"><defs>${deep}${gradient("g", "#ffe9a3", "#d18a1c")}<clipPath id="c"><rect width="240" height="320" rx="22"/></clipPath></defs>` +
    `<g clip-path="url(#c)"><rect width="240" height="320" fill="url(#b)"/>${scene}<g transform="translate(0 8)">${bust(dice)}</g>` +
    `<rect x="4" y="4" width="232" height="312" rx="19" fill="none" stroke="${edge}" stroke-width="8"/>${ornament}</g></svg>`;
}

// --- packs: a sealed foil pouch, its sign on it

const CRIMP = Array.from({ length: 15 }, (_, i) => `l8 ${i % 2 ? 10 : -10}l8 ${i % 2 ? -10 : 10}`).join("");

const FOILS = [212, 262, 345, 174, 18, 300, 238, 322]; /* hues that look precious beside gold */

export function coverSvg(key: string): string {
  const dice = diceOf(`${key} seal`);
  const hue = pick(dice, FOILS), sign = pick(dice, SIGNS);
  const [dark, foil, pale] = [hsl(hue + 24, 62, 22), hsl(hue, 66, 48), hsl(hue, 90, 82)];
  const rays = ring(18, (turn, i) => path("M120 168 102-90h36Z", i % 2 ? pale : "#fff", `transform="rotate(${turn} 120 168)" opacity=".${i % 2 ? 26 : 12}"`));
  const seal = disc(120, 168, 66, dark) + disc(120, 168, 58, "none", `stroke="${pale}" stroke-width="2.5" stroke-dasharray="1 8" stroke-linecap="round"`) +
    path(sign, "url(#g)", 'transform="translate(120 168) scale(1.9)"');
  const strip = (y: number): string => `<rect y="${y}" width="240" height="26" fill="#000" opacity=".22"/>` + line(`M0 ${y + 8}h240M0 ${y + 18}h240`, "#fff", 1.5, 'opacity=".35"');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 320" width="240" height="320"><defs>${gradient("b", foil, dark)}${gradient("g", "#fff6d8", "#e2a43a")}` +
    `<clipPath id="c"><path d="M0 10${CRIMP}V310${CRIMP.replace(/l8/g, "l-8")}Z"/></clipPath></defs><g clip-path="url(#c)"><rect width="240" height="320" fill="url(#b)"/>${rays}${seal}` +
    `${strip(14)}${strip(280)}${path("M-20 260 90-20h46L26 340Z", "#fff", 'opacity=".16"')}${path("M64 340 166-20h14L80 340Z", "#fff", 'opacity=".12"')}</g></svg>`;
}

/** The back of every card. */
export function backSvg(): string {
  const petals = ring(12, (turn) => path("M120 160c-14-26-14-50 0-72 14 22 14 46 0 72Z", "url(#g)", `transform="rotate(${turn} 120 160)" opacity=".85"`));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 320" width="240" height="320"><defs>${gradient("b", "#4a2fb0", "#1a1040")}${gradient("g", "#ffe9a3", "#d18a1c")}</defs>` +
    `<rect width="240" height="320" rx="22" fill="url(#b)"/>${disc(120, 160, 92, "none", 'stroke="#8f74ff" stroke-width="2" opacity=".8"')}${petals}${disc(120, 160, 22, "#1a1040")}${path(STAR, "url(#g)", 'transform="translate(120 160) scale(.8)"')}` +
    `<rect x="12" y="12" width="216" height="296" rx="14" fill="none" stroke="url(#g)" stroke-width="3"/>${[[32, 32], [208, 32], [32, 288], [208, 288]].map(([x, y]) => path(SIGNS[4]!, "url(#g)", `transform="translate(${x} ${y}) scale(.5)"`)).join("")}</svg>`;
}

// --- as elements

const drawn = new Map<string, string>();

function image(name: string, draw: () => string): HTMLImageElement {
  let address = drawn.get(name);
  if (address === undefined) drawn.set(name, (address = `data:image/svg+xml,${encodeURIComponent(draw())}`));
  const made = new Image(240, 320);
  made.alt = "";
  made.src = address;
  return made;
}

export const portrait = (key: string, rarity: Rarity): HTMLImageElement => image(`${rarity} ${key}`, () => portraitSvg(key, rarity));
export const cover = (key: string): HTMLImageElement => image(`pack ${key}`, () => coverSvg(key));
export const cardBack = (): HTMLImageElement => image("back", backSvg);
