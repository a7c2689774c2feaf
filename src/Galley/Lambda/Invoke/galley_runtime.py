# Lambda's Python runtime, written anew: fetches events from the Runtime API, calls the handler, answers in AWS's forms.
# Standard library only, and as little of it as can be: every import here is paid at each cold start.
import sys
import os
import _socket  # the half of `socket` that is enough here; the other half takes longer to import than the rest of this file
import json
import time

API_HOST, API_PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
PREFIX = "/2018-06-01/runtime/"
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
GALLEY_PORT = int(os.environ.pop("_GALLEY_PORT"))
LOGS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
ASCII = not os.environ.get("AWS_EXECUTION_ENV", "").endswith(("3.12", "3.13", "3.14", "3.15"))
AWS_NAMES = (".amazonaws.com", ".amazoncognito.com", ".cloudfront.net", ".on.aws")
request_id = ""


class Api:
    """One kept-alive connection to the Runtime API."""

    def __init__(self):
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((API_HOST, int(API_PORT)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.held = bytearray()

    NEXT = ("GET %sinvocation/next HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (PREFIX, API_HOST, API_PORT)).encode()

    def post(self, path, body, headers):
        head = "POST %s%s HTTP/1.1\r\nHost: %s:%s\r\n%sContent-Length: %d\r\n\r\n" % (PREFIX, path, API_HOST, API_PORT, headers, len(body))
        return head.encode() + body

    def next(self):
        self.socket.sendall(self.NEXT)
        return self.read()

    def fail(self, body, headers):
        self.socket.sendall(self.post("init/error", body, headers))
        self.read()

    def answer(self, path, body, headers):
        """Answers an event and asks for the next one in the same breath."""
        self.socket.sendall(self.post(path, body, headers) + self.NEXT)
        self.read()
        return self.read()

    def read(self):
        while True:
            end = self.held.find(b"\r\n\r\n")
            if end >= 0:
                break
            self.more(1 << 16)
        found = {}
        for line in self.held[:end].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            found[name.lower()] = value
        start = end + 4
        end = start + int(found.get("content-length", "0"))
        while len(self.held) < end:
            self.more(min(end - len(self.held), 1 << 20))
        body = bytes(self.held[start:end])
        del self.held[:end]
        return found, body

    def more(self, size):
        part = self.socket.recv(size)
        if not part:
            os._exit(0)  # Galley is gone, or done with this process
        self.held += part


def reach_galley(socket):
    """AWS's host names, and their .localhost twins, lead to Galley."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str):
            name = name.lower().rstrip(".")
            if name.endswith(AWS_NAMES) or name.endswith(".localhost"):
                known = {"http": 80, "https": 443}.get(port, port)
                ours = int(known or 443) in (80, 443)
                return resolve("127.0.0.1", GALLEY_PORT if ours else known, *args, **kwargs)
        return resolve(host, port, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


class Fault(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


def load(handler):
    import importlib
    try:
        module_name, function = handler.rsplit(".", 1)
    except ValueError as e:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (handler, e)) from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e)) from None
    except SyntaxError as e:
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, e), ['  File "%s" Line %s\n    %s' % (as_aws(e.filename), e.lineno, e.text)]) from None
    except (TypeError, ValueError) as e:
        if module_name.strip("./") == module_name and ".." not in module_name:
            raise
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e)) from None
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name)) from None


def as_aws(path):
    return str(path).replace(TASK_ROOT, "/var/task").replace(sys.base_prefix + "/lib/python", "/var/lang/lib/python")


def failure(error):
    """The error's JSON, its type, and its log line: one event, lines joined by carriage returns."""
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        import traceback
        kind, message = type(error).__name__, str(error)
        # Without columns, so that no line of carets is among them.
        frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
        trace = [as_aws(line) for line in traceback.format_list(frames)]
    body = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}
    if "3.8" in os.environ.get("AWS_EXECUTION_ENV", ""):
        del body["requestId"]
    if LOGS_JSON:
        print(json.dumps({"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "ERROR", **body}, ensure_ascii=False))
        return json.dumps(body).encode(), kind
    lines = ["[ERROR] %s: %s" % (kind, message) if message else "[ERROR] " + kind]
    lines.append("Traceback (most recent call last):")
    for entry in trace:
        for line in entry.rstrip("\n").split("\n"):
            stripped = line.lstrip()
            lines.append("\u00a0" * (len(line) - len(stripped)) + stripped)
    print("\r".join(lines).replace("\n", "\r"))
    sys.stdout.flush()
    return json.dumps(body).encode(), kind


# A Decimal (boto3 gives them) must become a bare number, digit for digit; json knows no such thing, so it travels as marked text.
MARK = "\u0001" + os.urandom(12).hex() + ":"
QUOTED = json.dumps(MARK)[1:-1]


def encode(result):
    if isinstance(result, (bytes, bytearray)):
        return bytes(result), "application/unknown"
    decimals = False

    def default(value):
        nonlocal decimals
        if type(value).__name__ == "Decimal" and type(value).__module__ in ("decimal", "_pydecimal"):
            decimals = True
            return MARK + str(value)
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)

    try:
        text = json.dumps(result, default=default, ensure_ascii=ASCII)
    except Exception as e:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e) from None
    if decimals:
        import re
        text = re.sub('"' + re.escape(QUOTED) + '([^"]*)"', r"\1", text)
    return text.encode("utf-8", "surrogatepass" if not ASCII else "strict"), "application/json"


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Client:
    """What a mobile client says of itself, member by member."""

    def __init__(self, said):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, said.get(name))


class ClientContext:
    def __init__(self, said):
        self.custom = said.get("custom")
        self.env = said.get("env")
        self.client = Client(said["client"]) if said.get("client") else None


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.client_context = ClientContext(json.loads(headers["lambda-runtime-client-context"])) if headers.get("lambda-runtime-client-context") else None
        self.identity = CognitoIdentity()
        self.tenant_id = None
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class Hook:
    """Changes a module at the moment somebody imports it; what nobody imports costs nothing."""

    def __init__(self, changes):
        self.changes = {name: change for name, change in changes.items() if name not in sys.modules}
        for name in changes.keys() - self.changes.keys():
            changes[name](sys.modules[name])

    def find_spec(self, name, path=None, target=None):
        change = self.changes.pop(name, None)
        if not change:
            return None
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)))
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


def set_up(logging):
    """The root logger is as AWS sets it up."""
    class Handler(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record).replace("\n", "\r") + "\n")

    class Filter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = request_id
            return True

    class Json(logging.Formatter):
        """One object a record, with whatever `extra` brought; members without a value are left out."""
        known = set(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime", "taskName"}

        def format(self, record):
            error = record.exc_info if record.exc_info and record.exc_info[0] else None
            if error:
                import traceback
            line = {
                "timestamp": "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)), record.msecs),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "stackTrace": [as_aws(entry) for entry in traceback.format_tb(error[2])] if error else None,
                "errorType": error[0].__name__ if error else None,
                "errorMessage": str(error[1]) if error else None,
                "requestId": record.aws_request_id,
                "location": "%s:%s:%s" % (as_aws(record.pathname), record.funcName, record.lineno) if error else None,
            }
            for name, value in vars(record).items():
                if name not in self.known and name not in line:
                    line[name] = value
            return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False, default=str)

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    handler.setFormatter(Json() if LOGS_JSON else logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(Filter())
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level:
        logging.root.setLevel({"TRACE": "DEBUG"}.get(level, level))
    logging.root.addHandler(handler)


def main():
    global request_id
    sys.path[0] = TASK_ROOT
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    api = Api()
    sys.meta_path.insert(0, Hook({"logging": set_up, "socket": reach_galley}))
    try:
        handler = load(os.environ["_HANDLER"])
    except SystemExit:
        raise
    except BaseException as e:
        body, kind = failure(e)
        api.fail(body, "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind)
        os._exit(1)
    headers, event = api.next()
    while True:
        request_id = headers["lambda-runtime-aws-request-id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        try:
            try:
                parsed = json.loads(event)
            except ValueError as e:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e) from None
            answer, kind = encode(handler(parsed, Context(headers)))
        except Exception as e:
            body, kind = failure(e)
            sys.stderr.flush()
            headers, event = api.answer("invocation/%s/error" % request_id, body, "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind)
        else:
            sys.stdout.flush()
            sys.stderr.flush()
            headers, event = api.answer("invocation/%s/response" % request_id, answer, "Content-Type: %s\r\n" % kind)
