// The scripts of static/ as modules. What decides that a .js file is one is a package.json above
// it, and nothing like that may stand in static/, where all is served: so a copy is imported.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const copy = mkdtempSync(join(tmpdir(), "chainwalk-static-"));
process.on("exit", () => rmSync(copy, { recursive: true }));
cpSync(fileURLToPath(new URL("../../static", import.meta.url)), copy, { recursive: true });
writeFileSync(join(copy, "package.json"), '{ "type": "module" }');

/** The module at a path below static/. */
export const script = (path) => import(pathToFileURL(join(copy, path)).href);

/** What /reference.json says; test_scripts.py writes it down. */
export const reference = () => JSON.parse(readFileSync(process.env.CHAINWALK_REFERENCE, "utf8"));
