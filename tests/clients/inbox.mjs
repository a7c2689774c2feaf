// Reads Galley's inbox as a test of somebody's own app does: a signed GET, with the keys of `galley env` in the environment.
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

class Sha256 {
  constructor(secret) { this.hash = secret ? createHmac('sha256', secret) : createHash('sha256'); }
  update(data) { this.hash.update(data); }
  async digest() { return this.hash.digest(); }
}

const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = process.env;
const signer = new SignatureV4({ service: 'galley', region, credentials: { accessKeyId, secretAccessKey }, sha256: Sha256 });

/** The newest message to an address; waits for the first. */
export async function mailTo(endpoint, to) {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const request = { method: 'GET', protocol, hostname, port: Number(port), path: '/_galley/inbox/messages/wait', query: { to }, headers: { host } };
  const { headers } = await signer.sign(request);
  return await (await fetch(`${protocol}//${host}${request.path}?to=${encodeURIComponent(to)}`, { headers })).json();
}
