// Signs as @aws-sdk/cloudfront-signer does: one JSON object per argument ({ kind, ...input }), prints the results as JSON.
import { getSignedCookies, getSignedUrl } from "@aws-sdk/cloudfront-signer";

const results = process.argv.slice(2).map((text) => {
  const { kind, ...input } = JSON.parse(text);
  return kind === "cookies" ? getSignedCookies(input) : getSignedUrl(input);
});
console.log(JSON.stringify(results));
