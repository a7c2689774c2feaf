// @aws-sdk/credential-providers fromCognitoIdentityPool: in Node by itself; bundled for a browser with `--bundle OUT`.
// As a page it reads { endpoint, region, pool, provider, token } from window.place and leaves what happened in window.told.
import { fromCognitoIdentityPool } from "@aws-sdk/credential-providers";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";

export async function visit({ endpoints, region, pool, provider, token }) {
  const credentials = fromCognitoIdentityPool({ identityPoolId: pool, logins: token ? { [provider]: token } : undefined, clientConfig: { region, endpoint: endpoints.identity } });
  const client = new DynamoDBClient({ region, endpoint: endpoints.dynamodb, credentials, maxAttempts: 1 });
  const { identityId } = await credentials();
  const told = { identityId };
  await client.send(new PutItemCommand({ TableName: "notes", Item: { owner: { S: identityId }, text: { S: "mine" } } }));
  told.read = (await client.send(new GetItemCommand({ TableName: "notes", Key: { owner: { S: identityId } } }))).Item.text.S;
  try {
    await client.send(new GetItemCommand({ TableName: "notes", Key: { owner: { S: "somebody else" } } }));
  } catch (error) {
    told.refused = error.name;
  }
  return told;
}

if (typeof window !== "undefined") {
  window.visit = visit;
} else if (process.argv[2] === "--bundle") {
  const { buildSync } = await import("esbuild");
  buildSync({ entryPoints: [new URL(import.meta.url).pathname], bundle: true, format: "iife", platform: "browser", outfile: process.argv[3], define: { "process.argv": "[]" }, external: ["esbuild"], logLevel: "error", supported: { "top-level-await": true } });
} else {
  console.log(JSON.stringify(await visit(JSON.parse(process.argv[2])).catch((error) => ({ error: `${error.name}: ${error.message}` }))));
}
