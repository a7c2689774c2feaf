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

async function main([given, out]) {
  if (given !== "--bundle") return console.log(JSON.stringify(await visit(JSON.parse(given)).catch((error) => ({ error: `${error.name}: ${error.message}` }))));
  const { buildSync } = await import("esbuild");
  // the browser's half of credential-providers alone
  const alias = { "@aws-sdk/credential-providers": "@aws-sdk/credential-provider-cognito-identity" };
  buildSync({ entryPoints: [new URL(import.meta.url).pathname], bundle: true, format: "iife", platform: "browser", outfile: out, external: ["esbuild"], alias, define: { "import.meta.url": '""' }, logLevel: "error" });
}

if (typeof window === "undefined") main(process.argv.slice(2));
else window.visit = visit;
