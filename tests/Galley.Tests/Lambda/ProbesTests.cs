using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Tests.Lambda;

/// <summary>
/// Security row 123: what a contained function tries, and must not get, in each runtime's own language. Each probe gives what it found;
/// "refused" and nothing else is right. The second table is what must work inside. Skips where bubblewrap cannot make namespaces.
/// </summary>
public partial class ProbesTests
{
    [Theory]
    [InlineData("python3.12")]
    [InlineData("nodejs20.x")]
    [InlineData("dotnet8")]
    [InlineData("provided.al2023")]
    public async Task Row_123_a_contained_function_gets_nothing_but_its_own(string runtime)
    {
        await using var place = await Place.Open(runtime);
        var answer = (await place.Run("probes", place.Event("probes"))).Json.AsObject();
        Assert.Empty(answer.Where(pair => (string)pair.Value! != "refused").Select(pair => $"{pair.Key}: {pair.Value}"));
        Assert.Equal(Named(), answer.Select(pair => pair.Key).Order(StringComparer.Ordinal));
        if (runtime == "python3.12") return;

        // They are real tries: the same ways find what is there.
        var works = (await place.Run("probes", place.Event("works"))).Json.AsObject();
        Assert.True(works.Count >= 9);
        Assert.Empty(works.Where(pair => (string)pair.Value! is "refused" or ['p', 'e', 'r', 'l', ':', ..] || ((string)pair.Value!).Contains("Exception", StringComparison.Ordinal) || ((string)pair.Value!).Contains("Error", StringComparison.Ordinal)).Select(pair => $"{pair.Key}: {pair.Value}"));
    }

    /// <summary>The names of the probes, which are the same in every language.</summary>
    private static IEnumerable<string> Named()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Lambda", "probes", "probes.py"));
        var names = ProbeName().Matches(text[text.IndexOf("def probes", StringComparison.Ordinal)..text.IndexOf("def works", StringComparison.Ordinal)]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();
        Assert.True(names.Count >= 70);
        return names;
    }

    [GeneratedRegex("""^ +"(.+?)": lambda""", RegexOptions.Multiline)]
    private static partial Regex ProbeName();

    [Fact]
    public async Task Row_123_and_what_it_needs_works_inside()
    {
        await using var place = await Place.Open("python3.12");
        var answer = (await place.Run("probes", place.Event("works"))).Json;
        Assert.Equal(
            """{"its own code":"['lambda_function.py']","a temporary file":"/tmp/x","shared memory":"/dev/shm/x","its role":"r","Galley's health":"{\"status\":\"ready\"}","an AWS name over TLS":"connected","a process":"hello","processes that it sees":"True"}""",
            answer.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task Row_123_holds_for_programs_that_are_given_a_proxy_by_variables()
    {
        await using var place = await Place.Open("python3.12");
        await place.Shell();
        Assert.Equal("\"data:no listener:no metadata:no internet:403 name:200403 kill:no write:no\"", (await place.Run("shell", place.Event("probes"))).Payload);
    }

    [Fact]
    public async Task A_function_that_is_named_keeps_the_machines_network_and_still_sees_no_files()
    {
        await using var place = await Place.Open("nodejs20.x", network: ["probes"]);
        var found = (await place.Run("probes", place.Event("probes"))).Json;
        Assert.Equal("connected", (string)found["a server on the machine's loopback"]!);
        Assert.Equal("refused", (string)found["list the data folder"]!);
        await place.Shell();
        Assert.Contains("listener:no", (await place.Run("shell", place.Event("probes"))).Payload, StringComparison.Ordinal);
    }

    /// <summary>A Galley with contained functions and, beside it, all that they are not to reach.</summary>
    private sealed class Place : IAsyncDisposable
    {
        private readonly TestFunctions _functions;
        private readonly DirectoryInfo _data;
        private readonly TcpListener _listener = new(IPAddress.Any, 0);
        private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly string _name = "galley-" + Guid.NewGuid().ToString("N");
        private int _other;

        private Place(TestFunctions functions, DirectoryInfo data)
        {
            (_functions, _data) = (functions, data);
            _listener.Start();
            _abstract.Bind(new UnixDomainSocketEndPoint("\0" + _name));
            _abstract.Listen();
        }

        public static async Task<Place> Open(string runtime, params string[] network)
        {
            Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
            var data = Directory.CreateTempSubdirectory("galley-probes");
            try
            {
                var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(data.FullName, "data"), Sandbox = SandboxMode.On, NetworkFunctions = network });
                var place = new Place(new TestFunctions(server), data);
                await place.Create(runtime);
                return place;
            }
            catch (GalleyStartException e)
            {
                Assert.Skip(e.Message);
                throw;
            }
        }

        public Task<Invoked> Run(string name, string @event) => _functions.Invoke(name, @event);

        public string Event(string table) => new JsonObject
        {
            ["table"] = table,
            ["galley"] = Environment.ProcessId,
            ["other"] = _other,
            ["data"] = _data.FullName,
            ["key"] = Path.Combine(Installations.KeyFolder(Path.Combine(_data.FullName, "data")), "master.key"),
            ["scratch"] = Scratch(),
            ["repository"] = Repository.Root,
            ["abstract"] = _name,
            ["runtime"] = 9001 + 10000,
            ["proxy"] = 9003,
            ["listener"] = ((IPEndPoint)_listener.LocalEndpoint).Port,
            ["address"] = Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))?.ToString() ?? "10.0.0.1",
            ["port"] = _functions.Server.Port,
        }.ToJsonString();

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            _abstract.Dispose();
            await _functions.DisposeAsync();
            _data.Delete(recursive: true);
        }

        private static string Scratch() => Directory.GetDirectories(Path.GetTempPath(), $"galley-{Environment.ProcessId}-*").First();

        private async Task Create(string runtime)
        {
            var role = await _functions.Role("r", "sts:GetCallerIdentity");
            await _functions.Python("other", "def lambda_handler(e, c):\n    return 1\n", role);
            await _functions.Invoke("other");
            _other = Processes("AWS_LAMBDA_FUNCTION_NAME=other");
            await _functions.Create(runtime, "probes", role, f => f["Timeout"] = 120);
        }

        /// <summary>The function `shell`, with the few probes that its language can try.</summary>
        public Task Shell()
            => _functions.Create("shell", "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", Encoding.UTF8.GetBytes("""
                #!/bin/bash
                A="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
                value() { echo "$E" | sed -E "s/.*\"$1\":\"?([^,\"}]*).*/\1/"; }
                tried() { if "${@:2}" >/dev/null 2>&1; then echo -n "$1:yes "; else echo -n "$1:no "; fi; }
                code() { echo -n "$1:$(curl -sS -m 3 -o /dev/null -w '%{http_connect}%{http_code}' "$2" 2>/dev/null | sed -E 's/^000//; s/000$//') "; }
                while true; do
                  H=$(mktemp)
                  E=$(curl -sS -D "$H" "$A/next") || exit 1
                  I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
                  R=$(tried data ls "$(value data)"; tried listener timeout 3 bash -c "echo > /dev/tcp/127.0.0.1/$(value listener)"; tried metadata timeout 3 bash -c 'echo > /dev/tcp/169.254.169.254/80'
                      code internet https://example.com/; code name https://lambda.eu-west-2.amazonaws.com/2015-03-31/functions/; tried kill kill -0 "$(value galley)"; tried write touch /var/task/x)
                  curl -sS -X POST "$A/$I/response" -d "\"${R% }\"" > /dev/null
                done
                """), 0x81ED)), $"arn:aws:iam::{TestFunctions.Account}:role/r", f => f["Timeout"] = 60);

        private static int Processes(string marker)
        {
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
                try
                {
                    if (int.TryParse(Path.GetFileName(folder), out var id) && File.ReadAllText(folder + "/environ").Contains(marker, StringComparison.Ordinal) && File.ReadAllText(folder + "/comm").StartsWith("python", StringComparison.Ordinal)) return id;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // gone
                }

            throw new InvalidOperationException("no process with " + marker);
        }
    }
}
