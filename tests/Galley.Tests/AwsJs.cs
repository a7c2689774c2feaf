using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.Tests;

/// <summary>
/// The foreign judge of our wire (design D13): the AWS SDK for JavaScript v3 in one shared Node process.
/// `await js.Call("dynamodb", "GetItem", new { TableName = "t" })` gives the SDK's result as JSON or throws <see cref="AwsJsError"/>.
/// </summary>
internal sealed class AwsJs(GalleyServer server, string? accessKeyId = null, string? secretAccessKey = null, string? sessionToken = null)
{
    private static readonly Lazy<Node> Shared = new(() => new Node());

    public Task<JsonObject> Call(string client, string command, object? input = null)
        => Call(client, command, JsonSerializer.SerializeToNode(input ?? new { }) ?? new JsonObject());

    public async Task<JsonObject> Call(string client, string command, JsonNode input)
        => await Shared.Value.Call(new JsonObject
        {
            ["client"] = client,
            ["command"] = command,
            ["input"] = input,
            ["options"] = new JsonObject
            {
                // the SDK puts the account before this one's host, which an address does not bear
                ["endpoint"] = client == "cloudfront-keyvaluestore" ? $"http://localhost:{server.Port}" : server.Endpoint.ToString(),
                ["region"] = server.Region,
                ["credentials"] = new JsonObject
                {
                    ["accessKeyId"] = accessKeyId ?? server.AccessKeyId,
                    ["secretAccessKey"] = secretAccessKey ?? server.SecretAccessKey,
                    ["sessionToken"] = sessionToken,
                },
            },
        });

    /// <summary>The call must fail; gives the error.</summary>
    public async Task<AwsJsError> Fails(string client, string command, object? input = null)
        => await Assert.ThrowsAsync<AwsJsError>(() => Call(client, command, input));

    public static JsonObject Bytes(ReadOnlySpan<byte> bytes) => new() { ["$bytes"] = Convert.ToBase64String(bytes) };

    private sealed class Node
    {
        private readonly Process _process;
        private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _waiting = new();
        private int _last;

        public Node()
        {
            var folder = Path.Combine(Repository.Root, "tests", "clients");
            _process = Process.Start(new ProcessStartInfo("node", "call.mjs") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            _ = Task.Run(ReadAnswers);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => _process.Kill();
        }

        public async Task<JsonObject> Call(JsonObject request)
        {
            var id = Interlocked.Increment(ref _last);
            request["id"] = id;
            var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var line = request.ToJsonString();
            lock (_process) _process.StandardInput.WriteLine(line);
            return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        private async Task ReadAnswers()
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                var answer = JsonNode.Parse(line)!.AsObject();
                if (!_waiting.TryRemove((int)answer["id"]!, out var waiting)) continue;
                if (answer["error"] is { } error)
                    waiting.SetException(new AwsJsError((string)error["name"]!, (string?)error["message"] ?? "", (int)error["status"]!, error["fields"]?.AsObject() ?? []));
                else waiting.SetResult(answer["result"]?.AsObject() ?? []);
            }

            foreach (var waiting in _waiting.Values) waiting.TrySetException(new InvalidOperationException("node ended; is `npm ci` done in tests/clients?"));
        }
    }
}

internal sealed class AwsJsError(string code, string message, int status, JsonObject fields) : Exception($"{code} ({status}): {message}")
{
    public string Code => code;

    public string Text => message;

    public int Status => status;

    public JsonObject Fields => fields;
}

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string path = "")
    {
        var at = Path.GetDirectoryName(path);
        while (at is not null && !File.Exists(Path.Combine(at, "Galley.slnx"))) at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("not inside the repository");
    }
}
