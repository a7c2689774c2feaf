using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Faults and bombs (security group I and §3): contained, reported in AWS's forms, and the next call works.</summary>
public class FaultsTests
{
    [Fact]
    public async Task Bombs_end_in_the_function_and_nowhere_else()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", """
            import os, sys, errno
            def memory():
                kept = []
                try:
                    while len(kept) < 4000: kept.append(bytearray(16 << 20))
                except MemoryError:
                    kept.clear()
                    return "MemoryError"
            def files():
                kept = []
                try:
                    while len(kept) < 5000: kept.append(open("/dev/null"))
                except OSError as e:
                    return errno.errorcode[e.errno]
                finally:
                    for f in kept: f.close()
            def disk():
                try:
                    with open(os.path.join(os.environ["TMPDIR"], "big"), "wb") as f:
                        for _ in range(600): f.write(bytes(1 << 20))
                except OSError as e:
                    return errno.errorcode[e.errno]
                finally:
                    os.remove(os.path.join(os.environ["TMPDIR"], "big"))
            def output():
                for _ in range(100): sys.stdout.write("x" * (1 << 20) + "\n")
                return "written"
            def lambda_handler(event, context):
                return globals()[event["bomb"]]() if event else "fine"
            """, await functions.Role("r"), f => f["Timeout"] = 60);
        Assert.Equal("\"MemoryError\"", (await functions.Invoke("f", """{"bomb":"memory"}""")).Payload);
        Assert.Equal("\"EMFILE\"", (await functions.Invoke("f", """{"bomb":"files"}""")).Payload);
        Assert.Equal("\"EFBIG\"", (await functions.Invoke("f", """{"bomb":"disk"}""")).Payload);
        var before = Process.GetCurrentProcess().WorkingSet64;
        var output = await functions.Invoke("f", """{"bomb":"output"}""", tail: true);
        Assert.Equal("\"written\"", output.Payload);
        Assert.Contains("The log of this invocation is cut here", output.Log, StringComparison.Ordinal);
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - before, long.MinValue, 300 << 20);
        Assert.Equal("\"fine\"", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task Children_that_left_their_session_end_with_the_time_out()
    {
        await using var functions = await TestFunctions.Start();
        var marker = Guid.NewGuid().ToString("N");
        await functions.Python("f", $"""
            import os, time
            def lambda_handler(event, context):
                for _ in range(20):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0: os.execvp("sleep", ["sleep", "60", "{marker}"][:2])
                        os._exit(0)
                time.sleep(30)
            """, await functions.Role("r"), f => f["Timeout"] = 1);
        var answer = await functions.Invoke("f", tail: true);
        Assert.Equal("Sandbox.Timedout", (string)answer.Json["errorType"]!);
        Assert.Matches("REPORT RequestId: [0-9a-f-]{36}\tDuration: 1000.00 ms\t.*Status: timeout\t\n$", answer.Log);
        var stream = "AWS_LAMBDA_FUNCTION_NAME=f";
        for (var i = 0; i < 200 && Alive(stream, functions.Server.Port) > 0; i++) await Task.Delay(20);
        Assert.Equal(0, Alive(stream, functions.Server.Port));

        static int Alive(string name, int port) => Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Count(folder =>
        {
            try
            {
                var environment = File.ReadAllText(folder + "/environ");
                return environment.Contains(name, StringComparison.Ordinal) && environment.Contains($"AWS_ENDPOINT_URL=http://127.0.0.1:{port}\0", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_function_sees_its_own_role_alone_and_nothing_of_Galleys_environment()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(e, c):\n    return dict(os.environ)\n", await functions.Role("r"));
        var variables = (await functions.Invoke("f")).Json.AsObject();
        Assert.StartsWith("ASIA", (string)variables["AWS_ACCESS_KEY_ID"]!);
        Assert.DoesNotContain(variables, pair => pair.Key.StartsWith("_GALLEY", StringComparison.Ordinal) || (string?)pair.Value == functions.Server.SecretAccessKey);
        Assert.Equal(("f", "$LATEST", "128", "lambda_function.lambda_handler", "AWS_Lambda_python3.12"), ((string)variables["AWS_LAMBDA_FUNCTION_NAME"]!, (string)variables["AWS_LAMBDA_FUNCTION_VERSION"]!, (string)variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]!, (string)variables["_HANDLER"]!, (string)variables["AWS_EXECUTION_ENV"]!));
    }

    /// <summary>Probes of security row 123 that a view of its own answers; only where bubblewrap runs.</summary>
    [Fact]
    public async Task In_the_sandbox_a_function_reaches_neither_files_nor_processes_of_others()
    {
        if (!File.Exists("/usr/bin/bwrap")) return;
        var data = Directory.CreateTempSubdirectory("galley-sandbox");
        try
        {
            await using var functions = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(data.FullName, "data"), Sandbox = true }));
            var role = await functions.Role("r");
            const string probe = """
                import os, ctypes, errno, glob
                def lambda_handler(event, context):
                    found = []
                    def tries(name, run):
                        try:
                            if run(): found.append(name)
                        except Exception: pass
                    tries("data folder", lambda: os.listdir(event["data"]))
                    tries("repository", lambda: os.listdir(event["repository"]))
                    tries("shadow", lambda: open("/etc/shadow").read())
                    tries("root's home", lambda: os.path.exists("/root/.bashrc") or os.path.exists("/root/.config"))
                    tries("own code is writable", lambda: open(os.environ["LAMBDA_TASK_ROOT"] + "/x", "w"))
                    tries("other code", lambda: [c for c in glob.glob(os.path.dirname(os.environ["LAMBDA_TASK_ROOT"]) + "/*") if c != os.environ["LAMBDA_TASK_ROOT"]])
                    tries("other processes", lambda: [p for p in os.listdir("/proc") if p.isdigit() and int(p) > 1 and b"dotnet" in open("/proc/" + p + "/cmdline", "rb").read()])
                    tries("kill", lambda: os.kill(event["process"], 0) is None)
                    libc = ctypes.CDLL(None, use_errno=True)
                    tries("new user namespace", lambda: libc.unshare(0x10000000) == 0)
                    tries("mount", lambda: libc.mount(b"none", b"/mnt", b"tmpfs", 0, None) == 0)
                    tries("device", lambda: os.mknod("/tmp/d", 0o60600, os.makedev(8, 0)) is None)
                    tries("raw memory", lambda: open("/dev/mem", "rb"))
                    return {"found": found, "task": sorted(os.listdir("/var/task")), "tmp": os.environ["TMPDIR"]}
                """;
            await functions.Python("other", "def lambda_handler(e, c): pass", role);
            await functions.Invoke("other");
            await functions.Python("f", probe, role, f => f["Timeout"] = 60);
            var answer = await functions.Invoke("f", new JsonObject { ["data"] = data.FullName, ["repository"] = Repository.Root, ["process"] = Environment.ProcessId }.ToJsonString());
            Assert.True(answer.Error is null, answer.Payload);
            Assert.Equal("[]", answer.Json["found"]!.ToJsonString());
            Assert.Equal("""["lambda_function.py"]""", answer.Json["task"]!.ToJsonString());
            Assert.Equal("/tmp", (string)answer.Json["tmp"]!);
            await functions.Create("js", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", "export const handler = async () => 'node';")), role);
            Assert.Equal("\"node\"", (await functions.Invoke("js")).Payload);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }
}
