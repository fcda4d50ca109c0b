/* Holds protocol/gen/asyncapi.json against the official AsyncAPI parser. Any diagnostic is a failure; Spectral, which npm
 * test runs after this, has the rules of style. */

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const file = new URL("../../protocol/gen/asyncapi.json", import.meta.url);
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
for (const { severity, code, path, message } of diagnostics) console.log(severity, code, path.join("."), message);
if (document === undefined || diagnostics.length > 0) process.exit(1);
console.log(`${document.allOperations().length} operations, ${document.allMessages().length} messages: valid AsyncAPI ${document.version()}`);
