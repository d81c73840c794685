/**
 * The foot as drawn: a left sole with the big toe on the left; everything else is its mirror image.
 * Nerves: evidence B1 (usual teaching); where it is mixed, both are named, and where it is silent, none.
 */

/** @typedef {"L4" | "L5" | "S1"} Nerve */
/** @typedef {{site: string, d: string, nerves: Nerve[]}} Zone */

/**
 * Plain JSON between the braces: bot/channels/footpicture.py draws the picture for Slack and Telegram from it.
 * Toes and nails are ellipses (x, y, half width, half height, degrees), the body is the outline without the toes, zones
 * reach past its edge and are clipped, bones are those of the ankle.
 * @type {{
 *   width: number, height: number, toes: {site: string, at: number[], nerves: Nerve[]}[], nails: number[][],
 *   body: {sole: string, top: string}, zones: {sole: Zone[], top: Zone[]}, bones: string,
 * }}
 */
const DRAWING = {
  "width": 116,
  "height": 262,
  "toes": [
    {"site": "big_toe", "at": [30.5, 47, 16, 24.5, -5], "nerves": ["L5"]},
    {"site": "toes", "at": [54.5, 49, 9.6, 19.5, 3], "nerves": ["L5", "S1"]},
    {"site": "toes", "at": [71, 54, 8.8, 17.5, 10], "nerves": ["L5", "S1"]},
    {"site": "toes", "at": [85, 62.5, 8, 15.5, 18], "nerves": ["L5", "S1"]},
    {"site": "little_toe", "at": [97, 75, 7.4, 13.5, 27], "nerves": ["S1"]}
  ],
  "nails": [[29, 32, 8, 6.5, -5], [55.5, 36, 4.8, 4.4, 3], [73.8, 42.5, 4.4, 4, 10], [89, 52.5, 4, 3.6, 18], [101.5, 67, 3.5, 3.2, 27]],
  "body": {
    "sole": "M57 242C40 242 30 229 30 209C30 192 36 180 35 162C34 143 24 128 17 112C11 98 10 83 16 73C24 62 44 62 58 63C78 64 97 77 100 93C103 110 98 130 94 152C91 172 89 192 86 211C83 231 73 242 57 242Z",
    "top": "M36 260C37 244 38 232 35 223C30 214 28 206 31 196C34 186 36 176 35 163C33 144 23 128 17 112C11 98 10 83 16 73C24 62 44 62 58 63C78 64 97 77 99 92C101 109 94 128 89 147C86 160 83 170 85 179C89 188 89 197 85 206C81 217 80 240 81 260Z"
  },
  "zones": {
    "sole": [
      {"site": "ball", "d": "M6 56H106V117Q60 130 14 111Z", "nerves": ["L5", "S1"]},
      {"site": "arch", "d": "M14 111Q28 121 46 121.5Q66 150 48 183Q38 182 28 180Z", "nerves": ["S1"]},
      {"site": "sole", "d": "M46 121.5Q64 122 79 121Q71 150 74 183Q62 184 48 183Q66 150 46 121.5Z", "nerves": ["L5", "S1"]},
      {"site": "outer_edge", "d": "M79 121Q92 120.5 106 117L93 180Q84 183 74 183Q71 150 79 121Z", "nerves": ["S1"]},
      {"site": "heel", "d": "M28 180Q38 182 48 183Q62 184 74 183Q84 183 93 180V246H26Z", "nerves": ["S1"]}
    ],
    "top": [
      {"site": "inner_edge", "d": "M8 58H36Q34 86 45 118Q51 146 47 182Q38 181 30 179L8 100Z", "nerves": ["L4"]},
      {"site": "top", "d": "M36 58H82Q85 92 77 118Q70 146 73 181Q60 184 47 182Q51 146 45 118Q34 86 36 58Z", "nerves": ["L5"]},
      {"site": "outer_edge", "d": "M82 58H104V100L90 177Q82 180 73 181Q70 146 77 118Q85 92 82 58Z", "nerves": ["S1"]},
      {"site": "ankle", "d": "M26 178Q40 182 59 183V228Q40 228 26 224Z", "nerves": ["L4"]},
      {"site": "ankle", "d": "M59 183Q80 182 94 176V223Q78 228 59 228Z", "nerves": []}
    ]
  },
  "bones": "M35 208Q38 202 42 207M83 195Q79 189 75 194"
};
export const { width: WIDTH, height: HEIGHT, toes: TOES, nails: NAILS, body: BODY, zones: ZONES, bones: BONES } = DRAWING;

/** Words for the sites beside which view they stand, and what lights up with one. */
export const VIEWS = {
  sole: { title: "From below", sites: ["heel", "arch", "ball", "sole", "outer_edge", "toes"] },
  top: { title: "From above", sites: ["top", "ankle", "inner_edge", "big_toe", "little_toe", "whole_foot"] },
};

/** @param {string} chosen @param {string} site @param {string} view */
export const lights = (chosen, site, view) =>
  chosen === site || chosen === "whole_foot" ||
  (chosen === "toes" && site.endsWith("_toe")) ||
  (chosen === "sole" && view === "sole" && !site.includes("toe"));

/** What the hatching means. @type {Record<Nerve, string>} */
export const NERVES = {
  L4: "L4: often the inner edge and the inner ankle",
  L5: "L5: often the top, the big toe and the middle toes",
  S1: "S1: often the outer edge, the little toe, the heel and the sole",
};
export const CAVEAT = "Maps like this are only a rough guide. Many people's pain does not follow the map.";
