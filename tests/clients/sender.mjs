// A custom sender as AWS's guide has it: the code comes as a message of the AWS Encryption SDK, which its own client opens with the pool's KMS
// key. What it would deliver it puts into a bucket. Bundled into a function by SendersTests.
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KEY_ARN] });
const s3 = new S3Client({ forcePathStyle: true });

export const handler = async (event) => {
  const opened = event.request.code === null ? null : await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  const Body = JSON.stringify({ event, code: opened?.plaintext.toString() ?? null, suite: opened?.messageHeader.suiteId, context: opened?.messageHeader.encryptionContext });
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: event.triggerSource, Body }));
};
