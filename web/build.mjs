/* Makes web/dist/app.js of web/src: one script with the TypeScript client in it. `node build.mjs --check` changes nothing and
 * fails when what is committed is not what would be made. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const script = await build({
  entryPoints: [path("src/app.ts")],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  write: false,
  absWorkingDir: path("."),
  banner: { js: "/* Built from web/src by web/build.mjs. */" },
});
const made = script.outputFiles[0].text;
const target = path("dist/app.js");
const fresh = existsSync(target) && readFileSync(target, "utf8") === made;
if (process.argv.includes("--check")) {
  if (!fresh) console.error("stale: web/dist/app.js: run node web/build.mjs");
  process.exitCode = fresh ? 0 : 1;
} else if (!fresh) {
  mkdirSync(path("dist"), { recursive: true });
  writeFileSync(target, made);
  console.log(`web/dist/app.js is made anew: ${Math.round(made.length / 1024)} KiB`);
}
