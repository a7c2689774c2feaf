using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The Runtime API for one process: a listener of its own, so that no other function's process has a place where it could answer. In
/// a contained process's own network nobody else can reach it; on the machine's loopback, connections from processes that are not the
/// worker's are closed. AWS: "Using the Lambda runtime API", 2018-06-01.
/// </summary>
internal sealed class RuntimeApi : IDisposable
{
    private const string Prefix = "/2018-06-01/runtime/";
    public const int MaxResponse = 6_291_556;
    private const int MostConnections = 16;
    private readonly Socket _listener;
    private readonly bool _isPrivate;
    private readonly Lock _gate = new();
    private readonly List<Line> _lines = [];
    private readonly TaskCompletionSource<Beginning> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _reliefIsDue;
    private HttpConnection? _waiting;
    private RuntimeEvent? _event;
    private bool _sent;
    private RuntimeAnswer? _end;

    /// <summary>On the machine's loopback.</summary>
    public RuntimeApi() : this(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), isPrivate: false, "")
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(MostConnections);
        Address = "127.0.0.1:" + ((IPEndPoint)_listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Behind a listener that stands in the process's own network.</summary>
    public RuntimeApi(Socket listener, string address) : this(listener, isPrivate: true, address)
    {
    }

    private RuntimeApi(Socket listener, bool isPrivate, string address) => (_listener, _isPrivate, Address) = (listener, isPrivate, address);

    /// <summary>A connection and the thread that reads it.</summary>
    private sealed class Line(HttpConnection connection)
    {
        public HttpConnection Connection => connection;

        /// <summary>Its thread goes on for a caller; what the process asks next waits.</summary>
        public bool IsAway;

        /// <summary>How many threads have taken it over.</summary>
        public int Reader;

        /// <summary>How often its thread has gone on for a caller, and which of these times somebody waits for.</summary>
        public int Turn, Watched;
    }

    /// <summary>`host:port` for AWS_LAMBDA_RUNTIME_API.</summary>
    public string Address { get; }

    /// <summary>Done when the process asks for its first event, reports an error instead, or ends.</summary>
    public Task<Beginning> Ready => _ready.Task;

    /// <summary>Takes connections of the worker's processes.</summary>
    public void Serve(int process) => _ = Task.Run(async () =>
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                if (!_isPrivate && !PeerCheck.Belongs(socket, process))
                {
                    socket.Dispose();
                    continue;
                }

                socket.NoDelay = true;
                var line = new Line(new HttpConnection(socket, MaxResponse, SinkFor));
                lock (_gate)
                {
                    if (_lines.Count < MostConnections) _lines.Add(line);
                    else
                    {
                        line.Connection.Dispose(); // each has a thread: no function gets Galley to start a thousand
                        continue;
                    }
                }

                Begin(line, 0);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // closed
        }
    });

    /// <summary>Hands an event to the process as soon as it asks for one.</summary>
    public void Send(RuntimeEvent @event)
    {
        HttpConnection? connection;
        lock (_gate)
        {
            if (_end is not null)
            {
                @event.Done.TrySetResult(_end with { IsNotBegun = true });
                return;
            }

            _event = @event;
            connection = _waiting;
            _waiting = null;
            _sent = connection is not null;
            if (!_reliefIsDue) Watch();
        }

        connection?.Send(@event);
    }

    /// <summary>Looks after threads that callers keep.</summary>
    private void Watch()
    {
        foreach (var line in _lines)
            if (line.IsAway)
            {
                line.Watched = line.Turn;
                _reliefIsDue = true;
            }

        if (_reliefIsDue) Relief.Ask(this);
    }

    /// <summary>An event waits for a thread that a caller keeps too long: another one reads on in its place.</summary>
    public void Relieve()
    {
        List<(Line Line, int Reader)> taken = [];
        lock (_gate)
        {
            _reliefIsDue = false;
            if (_event is null) return;
            foreach (var line in _lines)
                if (line.IsAway && line.Watched == line.Turn)
                {
                    line.IsAway = false;
                    taken.Add((line, ++line.Reader));
                }

            Watch();
        }

        foreach (var (line, reader) in taken)
        {
            line.Connection.Pay();
            Begin(line, reader);
        }
    }

    private void Begin(Line line, int reader) => new Thread(() => Serve(line, reader), 1 << 20) { IsBackground = true, Name = "function runtime API" }.UnsafeStart();

    /// <summary>The process has ended: so has what it was running.</summary>
    public void End(string? reason)
    {
        RuntimeEvent? current;
        RuntimeAnswer answer;
        lock (_gate)
        {
            _end = new RuntimeAnswer(default, "Unhandled") { ExitReason = reason ?? "" };
            (current, _event) = (_event, null);
            answer = _sent ? _end : _end with { IsNotBegun = true };
        }

        if (current is not null) _ = Task.Run(() => current.Done.TrySetResult(answer));
        _ready.TrySetResult(new Beginning(null, Exited: true, reason));
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate)
            foreach (var line in _lines)
                line.Connection.Dispose();
    }

    /// <summary>
    /// Answers what the process asks. The caller whose event was answered goes on within, on this very thread, and only then is the
    /// process told to go on: to wake anybody costs more than all the rest. Our own runtimes ask for their next event in the same breath,
    /// and are told both at once.
    /// </summary>
    private void Serve(Line line, int reader)
    {
        try
        {
            while (line.Connection.Read() is { } request)
            {
                if (Answer(line.Connection, request) is not { } answered) continue;
                line.Connection.Owe();
                if (line.Connection.HasNext && line.Connection.Read() is { } next) Answer(line.Connection, next);
                lock (_gate) (line.IsAway, line.Turn) = (true, line.Turn + 1);
                answered();
                lock (_gate)
                {
                    if (line.Reader != reader) return; // relieved
                    line.IsAway = false;
                }

                line.Connection.Pay();
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidDataException)
        {
            // the process hung up, or does not speak HTTP; its exit says the rest
        }

        Close(line);
    }

    private void Close(Line line)
    {
        line.Connection.Dispose();
        lock (_gate)
        {
            _lines.Remove(line);
            if (_waiting == line.Connection) _waiting = null;
        }
    }

    /// <summary>What is still to be done when an event was answered: to tell its caller.</summary>
    private Action? Answer(HttpConnection connection, HttpMessage request)
    {
        var path = request.Path.StartsWith(Prefix, StringComparison.Ordinal) ? request.Path[Prefix.Length..] : request.Path;
        switch (request.Method, path.Split('/'))
        {
            case ("GET", ["invocation", "next"]):
                Next(connection);
                break;
            case ("POST", ["init", "error"]) when _ready.Task.IsCompleted:
                connection.Send(403, """{"errorMessage":"State transition from Ready to InitError failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}""");
                break;
            case ("POST", ["init", "error"]):
                _ready.TrySetResult(new Beginning(new RuntimeAnswer(request.Body, "Unhandled"))); // before the answer: once it has that, the process may end
                connection.Send(202, """{"status":"OK"}""");
                break;
            case ("POST", ["invocation", var id, "response" or "error"]):
                return Complete(connection, request, id, path.EndsWith("/error", StringComparison.Ordinal));
            case ("GET", _) when request.Path is "/2018-06-01/ping" or "/ping":
                connection.Send(200, "pong");
                break;
            default:
                connection.Send(404, "404 page not found");
                break;
        }

        return null;
    }

    /// <summary>A response that the function streams to a caller who wants it so.</summary>
    private Func<ReadOnlyMemory<byte>, ValueTask>? SinkFor(string path, Func<string, string?> header)
    {
        if (!"streaming".Equals(header("Lambda-Runtime-Function-Response-Mode"), StringComparison.OrdinalIgnoreCase)) return null;
        lock (_gate)
        {
            if (_event is not { Stream: { } stream } current || !_sent || path != $"{Prefix}invocation/{current.RequestId}/response") return null;
            stream.Begin(header("Content-Type") ?? "application/octet-stream");
            return stream.Write;
        }
    }

    private void Next(HttpConnection connection)
    {
        RuntimeEvent? next = null;
        var wrong = false;
        lock (_gate)
        {
            if (_event is { } current && !_sent)
            {
                next = current;
                _sent = true;
            }
            else if (_event is not null) wrong = true;
            else _waiting = connection;
        }

        if (wrong) connection.Send(403, """{"errorMessage":"State transition from Running to Ready failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}""");
        else if (next is not null) connection.Send(next);
        _ready.TrySetResult(new Beginning(null));
    }

    /// <summary>The error that came in the trailers, behind what was streamed already.</summary>
    private static RuntimeAnswer Broken(HttpMessage request, string type)
    {
        try
        {
            if (request.Trailers.TryGetValue("lambda-runtime-function-error-body", out var body)) return new RuntimeAnswer(Convert.FromBase64String(body), "Unhandled");
        }
        catch (FormatException)
        {
            // then its type alone
        }

        return RuntimeAnswer.Failed(type, "The function failed while it was streaming its response.");
    }

    private Action? Complete(HttpConnection connection, HttpMessage request, string id, bool failed)
    {
        RuntimeEvent? current;
        lock (_gate)
        {
            current = _event;
            if (current?.RequestId != id || !_sent) current = null;
            else _event = null;
        }

        if (current is null)
        {
            connection.Send(400, """{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}""");
            return null;
        }

        if (request.TooLarge)
        {
            connection.Send(413, $$"""{"errorMessage":"Exceeded maximum allowed payload size ({{MaxResponse}} bytes).","errorType":"RequestEntityTooLarge"}""");
            _ = Task.Run(() => current.Done.TrySetResult(RuntimeAnswer.Failed("Function.ResponseSizeTooLarge", $"Response payload size exceeded maximum allowed payload size ({MaxResponse} bytes).")));
            return null;
        }

        var answer = request.Trailers.TryGetValue("lambda-runtime-function-error-type", out var type) ? Broken(request, type) : new RuntimeAnswer(request.Body, failed ? "Unhandled" : null);
        return () => current.Done.TrySetResult(answer);
    }
}
