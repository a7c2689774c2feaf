// Opens messages of the AWS Encryption SDK with its own client, by the KMS key that they name: a base64 line in, the text out.
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { createInterface } from "node:readline";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ discovery: true });

for await (const line of createInterface({ input: process.stdin })) {
  const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(line, "base64"));
  console.log(JSON.stringify({ text: plaintext.toString(), suite: messageHeader.suiteId, context: messageHeader.encryptionContext }));
}
