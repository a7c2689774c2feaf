// One process, many calls: reads one JSON object per line ({ id, client, command, input, options }), answers one per line.
// `client` is the SDK package's suffix (dynamodb), `command` the operation (GetItem). Bytes travel as { $bytes: base64 }, times as { $time: ISO }.
import dns from "node:dns";
import { createInterface } from "node:readline";

// Names below `localhost` are this machine, as browsers and most resolvers have it (RFC 6761).
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "localhost" : name, ...rest);

const packages = new Map();
const clients = new Map();

const revive = (value) =>
  value && typeof value === "object"
    ? "$time" in value
      ? new Date(value.$time)
      : "$bytes" in value
      ? Buffer.from(value.$bytes, "base64")
      : Array.isArray(value)
        ? value.map(revive)
        : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]))
    : value;

const plain = async (value) => {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (typeof value.transformToByteArray === "function") return plain(await value.transformToByteArray());
  if (typeof value[Symbol.asyncIterator] === "function") {
    const events = [];
    for await (const event of value) events.push(await plain(event));
    return events;
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (value instanceof Set) return Promise.all([...value].map(plain));
  return Object.fromEntries(await Promise.all(Object.entries(value).filter(([k]) => k !== "$response").map(async ([k, v]) => [k, await plain(v)])));
};

async function run({ client, command, input, options }) {
  if (client === "cloudfront-keyvaluestore") await import("@aws-sdk/signature-v4a"); // what it signs with
  if (!packages.has(client)) packages.set(client, await import(`@aws-sdk/client-${client}`));
  const module = packages.get(client);
  const key = client + JSON.stringify(options);
  if (!clients.has(key)) {
    const Client = Object.values(module).find((x) => typeof x === "function" && /Client$/.test(x.name) && x.name !== "__Client" && x.name !== "Client");
    clients.set(key, new Client({ maxAttempts: 1, forcePathStyle: true, ...options }));
  }
  return clients.get(key).send(new module[`${command}Command`](revive(input)));
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  run(request)
    .then(plain)
    .then((result) => ({ id: request.id, result }))
    .catch(async (e) => {
      const { $metadata, $response, stack, ...fields } = e;
      return { id: request.id, error: { name: e.name, message: e.message, status: e.$metadata?.httpStatusCode ?? 0, fields: await plain(fields) } };
    })
    .then((answer) => console.log(JSON.stringify(answer)));
}
