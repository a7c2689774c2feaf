// Lambda's Node runtime, written anew: fetches events from the Runtime API, calls the handler, answers in AWS's forms.
import net from "node:net";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const taskRoot = process.env.LAMBDA_TASK_ROOT;
const galleyPort = Number(process.env._GALLEY_PORT);
delete process.env._GALLEY_PORT;
let requestId = "";
let pending = null;

// One kept-alive connection to the Runtime API; answers come in the order of the questions.
const socket = net.connect({ host, port: Number(port), noDelay: true });
const waiting = [];
let buffered = Buffer.alloc(0);
socket.on("data", (chunk) => {
  buffered = buffered.length ? Buffer.concat([buffered, chunk]) : chunk;
  for (let end; (end = buffered.indexOf("\r\n\r\n")) >= 0; ) {
    const headers = {};
    for (const line of buffered.toString("latin1", 0, end).split("\r\n").slice(1)) {
      const at = line.indexOf(":");
      headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
    }
    const length = Number(headers["content-length"] ?? 0);
    if (buffered.length < end + 4 + length) return;
    const body = buffered.subarray(end + 4, end + 4 + length);
    buffered = buffered.subarray(end + 4 + length);
    waiting.shift()({ headers, body });
  }
});
socket.on("close", () => process.exit(0)); // Galley is gone, or done with this process
socket.on("error", () => process.exit(0));

const NEXT = `GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
const post = (what, body, extra) => `POST /2018-06-01/runtime/${what} HTTP/1.1\r\nHost: ${host}:${port}\r\n${extra}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

// The answer to the last of the questions in the text.
function ask(text, questions = 1) {
  return new Promise((resolve) => {
    while (--questions) waiting.push(() => {});
    waiting.push(resolve);
    socket.ref();
    socket.write(text);
  });
}

// AWS's host names, and their .localhost twins, lead to Galley.
const ours = (name) => typeof name === "string" && /\.(amazonaws\.com|amazoncognito\.com|cloudfront\.net|on\.aws|localhost)\.?$/i.test(name);
const standard = (p) => [80, 443].includes(Number(p ?? 443));
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const list = Array.isArray(args[0]) ? args[0] : args;
  if (list[0] !== null && typeof list[0] === "object") {
    const { host: name, port: to } = list[0];
    if (ours(name)) list[0] = { ...list[0], host: "127.0.0.1", port: standard(to) ? galleyPort : to };
  } else if (typeof list[1] === "string" && ours(list[1])) {
    list[1] = "127.0.0.1";
    if (standard(list[0])) list[0] = galleyPort;
  }
  return connect.apply(this, args);
};

// Streamed answers: chunks over a connection of their own, an error in the trailers.
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: true }),
  HttpResponseStream: {
    from(stream, metadata) {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream.write(Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]));
      return stream;
    },
  },
};

async function stream(handler, event, context) {
  const [{ Writable }, http] = await Promise.all([import("node:stream"), import("node:http")]);
  const id = requestId;
  let request;
  let type = "application/octet-stream";
  const answered = Promise.withResolvers?.() ?? (() => { const d = {}; d.promise = new Promise((resolve, reject) => Object.assign(d, { resolve, reject })); return d; })();
  const begin = () =>
    (request ??= http
      .request({ host, port: Number(port), method: "POST", path: `/2018-06-01/runtime/invocation/${id}/response`, headers: { "Content-Type": type, "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked", Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body" } }, (answer) => answer.resume().on("end", answered.resolve))
      .on("error", answered.resolve));
  const out = new Writable({
    write: (chunk, encoding, done) => begin().write(chunk, encoding, done),
    final(done) {
      begin().end(done);
    },
  });
  out.setContentType = (value) => (type = value);
  try {
    await handler(event, out, context);
    if (!out.writableEnded) out.end();
    await answered.promise;
    return true;
  } catch (e) {
    if (!request) throw e;
    const [body] = failure(e);
    request.addTrailers({ "Lambda-Runtime-Function-Error-Type": e?.name ?? "Error", "Lambda-Runtime-Function-Error-Body": Buffer.from(body).toString("base64") });
    request.end();
    await answered.promise;
    return true;
  }
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const logsJson = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const least = LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL ?? "").toUpperCase());
for (const [name, level] of Object.entries({ log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE", fatal: "FATAL" }))
  console[name] = LEVELS.indexOf(level) < least ? () => {} : (...args) => (logsJson ? logJson(level, args) : log(level, format(...args)));

function log(level, text) {
  fs.writeSync(1, `${new Date().toISOString()}\t${requestId || "undefined"}\t${level}\t${text.replaceAll("\n", "\r")}\n`);
}

// A message that is one value stays that value; an error is told apart from the text.
function logJson(level, args) {
  const told = (e) => ({ errorType: e.constructor?.name ?? "UnknownError", errorMessage: e.message, stackTrace: typeof e.stack === "string" ? e.stack.replaceAll(taskRoot, "/var/task").split("\n") : [], ...e });
  const line = { timestamp: new Date().toISOString(), level, requestId: requestId || undefined, message: args.length === 1 ? args[0] : format(...args) };
  const error = args.length > 1 && args.find((one) => one instanceof Error);
  if (error) Object.assign(line, told(error));
  let text;
  try {
    text = JSON.stringify(line, (_, value) => (value instanceof Error ? told(value) : value));
  } catch {
    text = JSON.stringify({ ...line, message: format(...args) });
  }
  fs.writeSync(1, text + "\n");
}

function failure(error, level = "Invoke Error") {
  const isError = error instanceof Error || (error && typeof error === "object" && "message" in error && "stack" in error);
  const body = isError
    ? { errorType: error.name ?? "Error", errorMessage: error.message ?? "", trace: String(error.stack ?? "").replaceAll(taskRoot, "/var/task").split("\n") }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
  if (!logsJson) log("ERROR", `${level} \t${JSON.stringify({ ...body, trace: undefined, stack: body.trace })}`);
  else if (least < 5) logJson("ERROR", [{ errorType: body.errorType, errorMessage: body.errorMessage, stackTrace: body.trace }]);
  return [JSON.stringify(body), `Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ${/^[\w.]+$/.test(body.errorType) ? body.errorType : "Error"}\r\n`];
}

function fault(name, message) {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}`;
  return error;
}

async function load(handler) {
  const name = path.basename(handler);
  const dot = name.indexOf(".");
  if (dot <= 0 || handler.includes("..")) throw fault("Runtime.MalformedHandlerName", handler.includes("..") ? `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.` : "Bad handler");
  const file = path.join(taskRoot, path.dirname(handler), name.slice(0, dot));
  const found = ["", ".js", ".mjs", ".cjs"].map((x) => file + x).find((x) => fs.statSync(x, { throwIfNoEntry: false })?.isFile());
  let module;
  try {
    if (!found) throw Object.assign(new Error(`Cannot find module '${name.slice(0, dot)}'`), { code: "MODULE_NOT_FOUND" });
    if (found.endsWith(".mjs")) module = await import(pathToFileURL(found).href);
    else
      try {
        module = createRequire(path.join(taskRoot, "_"))(found);
      } catch (e) {
        if (e.code !== "ERR_REQUIRE_ESM" && e.code !== "ERR_REQUIRE_ASYNC_MODULE" && !(e instanceof SyntaxError && /import|export/.test(e.message))) throw e;
        module = await import(pathToFileURL(found).href);
      }
  } catch (e) {
    if (e instanceof SyntaxError) throw fault("Runtime.UserCodeSyntaxError", String(e));
    if (e.code === "MODULE_NOT_FOUND" || e.code === "ERR_MODULE_NOT_FOUND") throw fault("Runtime.ImportModuleError", String(e).replaceAll(taskRoot, "/var/task"));
    throw e;
  }
  const get = (from) => name.slice(dot + 1).split(".").reduce((at, key) => at?.[key], from);
  const run = get(module) ?? get(module.default);
  if (run === undefined) throw fault("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof run !== "function") throw fault("Runtime.HandlerNotFound", `${handler} is not a function`);
  return run;
}

function stringify(result) {
  try {
    return JSON.stringify(result) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    Object.assign(context, { succeed: resolve, fail: reject, done: callback });
    let result;
    try {
      result = handler(event, context, callback);
    } catch (e) {
      reject(e);
      return;
    }
    if (typeof result?.then === "function") result.then(resolve, reject);
    else if (handler.length < 3 && result !== undefined) resolve(result);
  });
}

const abandon = async (error, code) => {
  if (pending) await ask(post(`invocation/${pending}/error`, ...failure(error, "Uncaught Exception")));
  process.exit(code);
};
process.on("uncaughtException", (e) => void abandon(e, 129));
process.on("unhandledRejection", (e) => void abandon(Object.assign(fault("Runtime.UnhandledPromiseRejection", String(e)), { reason: e }), 128));
process.on("beforeExit", () => {
  if (!pending) return;
  const id = pending;
  pending = null;
  void ask(post(`invocation/${id}/error`, ...failure(fault("Runtime.NodeJsExit", "The Lambda function exited before the promise settled")))).then(() => process.exit(0));
});

let handler;
try {
  handler = await load(process.env._HANDLER);
} catch (e) {
  await ask(post("init/error", ...failure(e, "Uncaught Exception")));
  process.exit(1);
}

for (let next = await ask(NEXT); ; ) {
  const { headers, body } = next;
  requestId = pending = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: headers["lambda-runtime-client-context"] ? JSON.parse(headers["lambda-runtime-client-context"]) : undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  let what;
  let answer;
  try {
    socket.unref(); // a promise that nothing can settle any more must end the wait (Runtime.NodeJsExit)
    if (handler[STREAMING]) {
      socket.ref();
      await stream(handler, JSON.parse(body.toString()), context);
      pending = null;
      next = await ask(NEXT);
      continue;
    }
    const result = await run(handler, JSON.parse(body.toString()), context);
    what = "response";
    answer = [stringify(result), "Content-Type: application/json\r\n"];
  } catch (e) {
    what = "error";
    answer = failure(e);
  }
  if (pending !== requestId) await new Promise(() => {});
  pending = null;
  next = await ask(post(`invocation/${requestId}/${what}`, ...answer) + NEXT, 2); // in the same breath
}
