// The AWS SDK for JavaScript through HTTPS_PROXY, told nothing of Galley: AWS's own names, its authority in NODE_EXTRA_CA_CERTS. Prints what it got.
import { get } from 'node:https';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3';
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
const options = { requestHandler: new NodeHttpHandler({ httpsAgent: agent }) };
const page = (url) => new Promise((done, fail) => get(url, { agent }, (answer) => done(`${answer.statusCode} ${answer.headers.server}`)).on('error', fail));

console.log((await new STSClient(options).send(new GetCallerIdentityCommand())).Account);
console.log(JSON.stringify((await new DynamoDBClient(options).send(new ListTablesCommand())).TableNames));
console.log(await (await new S3Client(options).send(new GetObjectCommand({ Bucket: 'proxied-bucket', Key: 'k' }))).Body.transformToString());
console.log(await page('https://d0nosuch.cloudfront.net/'));
console.log(await page('https://www.example.com/').catch((error) => `refused ${error.message}`));
process.exit(0);
