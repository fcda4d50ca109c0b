/* Makes web/dist of web/src: one script with the TypeScript client in it, one style, one page. `node build.mjs --check`
 * changes nothing and fails when what is committed is not what would be made. */

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
const files = {
  "app.js": script.outputFiles[0].text,
  "index.html": readFileSync(path("src/index.html"), "utf8"),
  "page.css": readFileSync(path("src/page.css"), "utf8"),
};
const stale = Object.keys(files).filter(
  (name) => !existsSync(path(`dist/${name}`)) || readFileSync(path(`dist/${name}`), "utf8") !== files[name],
);
if (process.argv.includes("--check")) {
  for (const name of stale) console.error(`stale: web/dist/${name}: run node web/build.mjs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(path("dist"), { recursive: true });
  for (const name of stale) writeFileSync(path(`dist/${name}`), files[name]);
  console.log(`${stale.length} files changed; app.js has ${Math.round(files["app.js"].length / 1024)} KiB`);
}
