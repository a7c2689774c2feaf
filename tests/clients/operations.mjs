// What AWS has: prints { package suffix: { operation: [its parameters] } } from the schemas of the AWS SDK's own clients.
import { readFileSync } from "node:fs";

const OPERATION = 9; // the kind of a schema, its first element
const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url)));
const services = {};
for (const name of Object.keys(dependencies).filter((name) => name.startsWith("@aws-sdk/client-"))) {
  const schemas = Object.values(await import(name)).filter((value) => Array.isArray(value) && value[0] === OPERATION);
  services[name.slice("@aws-sdk/client-".length)] = Object.fromEntries(
    schemas.map(([, , operation, , input]) => {
      const shape = typeof input === "function" ? input() : input;
      return [operation, Array.isArray(shape) ? shape[4] : []];
    }),
  );
}
console.log(JSON.stringify(services));
