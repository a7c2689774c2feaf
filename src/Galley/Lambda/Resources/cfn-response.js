// The module that inline functions of a template may require to answer CloudFormation. AWS: "cfn-response module".
const https = require("https");

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => new Promise((resolve) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const end = (text) => {
    console.log(text);
    context.done?.();
    resolve();
  };
  const request = https.request(event.ResponseURL, { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } }, (response) => {
    response.resume();
    end("Status code: " + response.statusCode);
  });
  request.on("error", (problem) => end("send(..) failed: " + problem.message));
  request.end(body);
});
