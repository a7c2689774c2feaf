using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>
/// Security row 123: what a contained function tries, and must not get. Each probe gives what it found; "refused" and nothing else is
/// right. The second table is what must work inside. Skips where bubblewrap cannot make namespaces.
/// </summary>
public class ProbesTests
{
    private const string Probes = """
        import os, sys, ctypes, errno, glob, socket, json, subprocess, urllib.request
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        def call(number, *arguments):
            done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
            return None if done < 0 else done
        def read(path):
            with open(path, "rb") as f: return f.read(100) or None
        def write(path):
            with open(path, "wb") as f: f.write(b"x")
            return path
        def opens(path, mode):
            try: os.close(os.open(path, mode)); return path
            except OSError: return None
        def reach(host, port, data=None, family=socket.AF_INET):
            s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(3)
            s.connect((host, port))
            if data is None: return "connected"
            s.sendall(data); return s.recv(100) or None
        def udp(host, port):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
            s.sendto(b"x", (host, port)); return "sent"
        def fetch(url, **headers):
            try: return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=3).read(100)
            except urllib.error.HTTPError as e: return None if e.code in (401, 403, 404) else e.code
        def others(pattern):
            own = os.path.realpath("/proc/self")
            return [p for p in glob.glob("/proc/[0-9]*/" + pattern) if open(p, "rb").read().find(b"Galley.Tests") >= 0 or b"FUNCTION_NAME=other" in open(p, "rb").read()]
        def probes(e):
            g, o = "/proc/%d" % e["galley"], "/proc/%d" % e["other"]
            return {
                "list the data folder": lambda: os.listdir(e["data"]),
                "read the master key": lambda: read(e["key"]),
                "list the scratch folder": lambda: [n for n in os.listdir(e["scratch"]) if n not in ("runtime", "pycache")],
                "other functions' code": lambda: os.listdir(e["scratch"] + "/code"),
                "other functions' temporary files": lambda: os.listdir(e["scratch"] + "/tmp"),
                "other functions' environment": lambda: others("environ"),
                "Galley's environment": lambda: read(g + "/environ"),
                "Galley's memory": lambda: open(g + "/mem", "rb"),
                "Galley's files": lambda: os.listdir(g + "/root/etc"),
                "another function's process": lambda: read(o + "/environ"),
                "processes that are not its own": lambda: others("cmdline"),
                "a signal to Galley": lambda: os.kill(e["galley"], 0) is None,
                "a signal to another function": lambda: os.kill(e["other"], 0) is None,
                "signals to all": lambda: os.killpg(e["other"], 0) is None,
                "ptrace of Galley": lambda: libc.ptrace(16, e["galley"], 0, 0) == 0 or None,
                "ptrace of its parent": lambda: libc.ptrace(16, 1, 0, 0) == 0 or None,
                "ptrace of itself": lambda: libc.ptrace(0, 0, 0, 0) == 0 or None,
                "memory of other processes": lambda: call(310, e["galley"], 0, 0, 0, 0, 0),
                "files of other processes": lambda: call(438, call(434, 1, 0) or 0, 0, 0),
                "the session's keyring": lambda: call(250, 0, -3, 0),
                "a new key": lambda: call(248, b"user", b"galley", b"x", 1, -4),
                "a new user namespace": lambda: libc.unshare(0x10000000) == 0 or None,
                "a new mount namespace": lambda: libc.unshare(0x00020000) == 0 or None,
                "clone into a new user namespace": lambda: subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode == 0 or None,
                "another namespace": lambda: libc.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0) == 0 or None,
                "a mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or None,
                "a remount of its code": lambda: libc.mount(b"none", b"/var/task", None, 0x1020, None) == 0 or None,
                "an unmount": lambda: libc.umount2(b"/var/task", 2) == 0 or None,
                "chroot": lambda: os.chroot("/tmp") is None,
                "pivot_root": lambda: call(155, b"/tmp", b"/tmp"),
                "a device": lambda: os.mknod("/tmp/d", 0o60600, os.makedev(8, 0)) is None,
                "the disk": lambda: [d for d in glob.glob("/dev/[svn][dv]*") + glob.glob("/dev/mem") + glob.glob("/dev/kmsg") + glob.glob("/dev/fuse")],
                "its own code, to write": lambda: write("/var/task/x"),
                "the system, to write": lambda: write("/usr/x"),
                "the root, to write": lambda: write("/x"),
                "/etc, to write": lambda: write("/etc/x"),
                "the runtime, to write": lambda: write(os.environ["LAMBDA_RUNTIME_DIR"] + "/bootstrap.py"),
                "kernel settings": lambda: opens("/proc/sys/kernel/core_pattern", os.O_WRONLY) or opens("/proc/sys/vm/overcommit_memory", os.O_WRONLY) or opens("/proc/sys/kernel/hostname", os.O_WRONLY),
                "system requests": lambda: (lambda f: f.write(b"") and None)(open("/proc/sysrq-trigger", "wb", 0)) if os.stat("/proc/sysrq-trigger").st_rdev != os.stat("/dev/null").st_rdev else None,
                "kernel memory": lambda: read("/proc/kcore"),
                "cgroups": lambda: os.listdir("/sys/fs/cgroup"),
                "passwords": lambda: read("/etc/shadow"),
                "the user's home": lambda: [n for h in ("/root", "/home") if os.path.isdir(h) for n in os.listdir(h) if n != ".pyenv"],
                "the repository": lambda: os.listdir(e["repository"]),
                "Docker's socket": lambda: os.path.exists("/var/run/docker.sock") or os.path.exists("/run/docker.sock") or None,
                "D-Bus": lambda: os.path.exists("/run/dbus") or os.path.exists("/run/user") or None,
                "an abstract socket of the machine": lambda: (lambda s: s.connect("\0" + e["abstract"]) or "connected")(socket.socket(socket.AF_UNIX)),
                "another function's Runtime API": lambda: reach("127.0.0.1", e["runtime"]),
                "a server on the machine's loopback": lambda: reach("127.0.0.1", e["listener"]),
                "the same by IPv6": lambda: reach("::1", e["listener"], family=socket.AF_INET6),
                "a server on the machine's own address": lambda: reach(e["address"], e["listener"]),
                "the local network": lambda: reach("192.168.1.1", 80),
                "the metadata address": lambda: reach("169.254.169.254", 80),
                "the internet": lambda: reach("1.1.1.1", 443),
                "a datagram": lambda: udp("1.1.1.1", 53),
                "names of the internet": lambda: socket.gethostbyname("example.com"),
                "the internet by the proxy": lambda: None if b" 403 " in (reach("127.0.0.1", e["proxy"], b"CONNECT example.com:443 HTTP/1.1\r\n\r\n") or b" 403 ") else "tunnel",
                "the machine by the proxy": lambda: None if b" 403 " in (reach("127.0.0.1", e["proxy"], b"CONNECT x.localhost:%d HTTP/1.1\r\n\r\n" % e["listener"]) or b" 403 ") else "tunnel",
                "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
                "a packet socket": lambda: socket.socket(17, socket.SOCK_RAW, 3),
                "an interface": lambda: [i for _, i in socket.if_nameindex() if i != "lo"],
                "Galley's inbox": lambda: fetch("http://127.0.0.1:%d/_galley/inbox/messages" % e["port"]),
                "Galley's inbox by its name": lambda: fetch("http://127.0.0.1:%d/" % e["port"], Host="inbox.galley.localhost"),
                "Galley's reset": lambda: fetch("http://127.0.0.1:%d/_galley/reset" % e["port"]),
                "an AWS call without a signature": lambda: fetch("http://127.0.0.1:%d/2015-03-31/functions/" % e["port"]),
                "bpf": lambda: call(321, 0, ctypes.c_char_p(bytes(128)), 128),
                "perf_event_open": lambda: call(298, ctypes.c_char_p(bytes(128)), 0, -1, -1, 0),
                "userfaultfd": lambda: call(323, 0),
                "io_uring": lambda: call(425, 1, ctypes.create_string_buffer(256)),
                "kernel messages": lambda: call(103, 10, 0, 0),
                "a kernel module": lambda: call(313, 0, b"", 0),
                "the clock": lambda: call(227, 0, ctypes.create_string_buffer(bytes(16))),
                "a keystroke for the terminal": lambda: __import__("fcntl").ioctl(0, 0x5412, b"x"),
                "another user": lambda: os.setuid(12345) is None,
                "more files than allowed": lambda: __import__("resource").setrlimit(7, (1 << 20, 1 << 20)) is None,
                "the machine's host name": lambda: socket.sethostname("x") is None,
                "shared memory of others": lambda: open("/proc/sysvipc/shm").read().count("\n") > 1 or None,
            }
        def works(e):
            import boto3
            return {
                "its own code": lambda: sorted(os.listdir("/var/task")),
                "a temporary file": lambda: write("/tmp/x"),
                "shared memory": lambda: write("/dev/shm/x"),
                "its role": lambda: boto3.client("sts").get_caller_identity()["Arn"].split("/")[1],
                "Galley's health": lambda: fetch("http://127.0.0.1:%d/_galley/health" % e["port"]).decode(),
                "an AWS name over TLS": lambda: __import__("http.client").client.HTTPSConnection("sts.eu-west-2.amazonaws.com", context=__import__("ssl").create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])).request("GET", "/") or "connected",
                "a process": lambda: subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout.strip(),
                "processes that it sees": lambda: len([p for p in os.listdir("/proc") if p.isdigit()]) <= 4,
            }
        def lambda_handler(event, context):
            found = {}
            for name, run in (probes if event["table"] == "probes" else works)(event).items():
                try: answer = run()
                except Exception as e: answer = None if event["table"] == "probes" else repr(e)
                found[name] = "refused" if answer is None or answer == [] or answer is False else str(answer)[:200]
            return found
        """;

    [Fact]
    public async Task Row_123_a_contained_function_gets_nothing_but_its_own()
    {
        await using var place = await Place.Open();
        var answer = await place.Run("python", place.Event("probes"));
        var got = answer.Json.AsObject().Where(pair => (string)pair.Value! != "refused").Select(pair => $"{pair.Key}: {pair.Value}").ToList();
        Assert.Empty(got);
        Assert.True(answer.Json.AsObject().Count >= 60);
    }

    [Fact]
    public async Task Row_123_and_what_it_needs_works_inside()
    {
        await using var place = await Place.Open();
        var answer = (await place.Run("python", place.Event("works"))).Json;
        Assert.Equal(
            """{"its own code":"['lambda_function.py']","a temporary file":"/tmp/x","shared memory":"/dev/shm/x","its role":"r","Galley's health":"{\"status\":\"ready\"}","an AWS name over TLS":"connected","a process":"hello","processes that it sees":"True"}""",
            answer.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task Row_123_holds_for_node_and_for_programs_of_their_own()
    {
        await using var place = await Place.Open();
        var node = await place.Run("node", place.Event("probes"));
        Assert.Equal("""{"data":"ENOENT","code":"EROFS","kill":"ESRCH","listener":"ECONNREFUSED","metadata":"ENETUNREACH","inbox":"403","health":"200","aws":"403"}""", node.Payload);
        var shell = await place.Run("shell", place.Event("probes"));
        Assert.Equal("\"data:no listener:no metadata:no internet:403 name:200403 kill:no write:no\"", shell.Payload);
    }

    [Fact]
    public async Task A_function_that_is_named_keeps_the_machines_network_and_still_sees_no_files()
    {
        await using var place = await Place.Open(network: ["python"]);
        var found = (await place.Run("python", place.Event("probes"))).Json;
        Assert.Equal("connected", (string)found["a server on the machine's loopback"]!);
        Assert.Equal("refused", (string)found["list the data folder"]!);
        Assert.Equal("ECONNREFUSED", (string)(await place.Run("node", place.Event("probes"))).Json["listener"]!);
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

        public static async Task<Place> Open(params string[] network)
        {
            Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
            var data = Directory.CreateTempSubdirectory("galley-probes");
            try
            {
                var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(data.FullName, "data"), Sandbox = SandboxMode.On, NetworkFunctions = network });
                var place = new Place(new TestFunctions(server), data);
                await place.Create();
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

        private async Task Create()
        {
            var role = await _functions.Role("r", "sts:GetCallerIdentity");
            await _functions.Python("other", "import os, time\ndef lambda_handler(e, c):\n    return int(open('/proc/self/stat').read().split()[0])\n", role);
            await _functions.Invoke("other");
            _other = Processes("AWS_LAMBDA_FUNCTION_NAME=other");
            await _functions.Python("python", Probes, role, f => f["Timeout"] = 120);
            await _functions.Create("node", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", """
                import fs from "node:fs"; import net from "node:net"; import http from "node:http"; import https from "node:https";
                const reach = (host, port) => new Promise((done) => { const s = net.connect({ host, port, timeout: 3000 }); s.on("connect", () => done("connected")).on("error", (e) => done(e.code)).on("timeout", () => done("timeout")); });
                const get = (lib, options) => new Promise((done) => lib.get(options, (r) => done(String(r.statusCode))).on("error", (e) => done(e.code)));
                const tries = (run) => { try { return run() ?? "got"; } catch (e) { return e.code; } };
                export const handler = async (e) => ({
                  data: tries(() => fs.readdirSync(e.data)), code: tries(() => fs.writeFileSync("/var/task/x", "x")), kill: tries(() => process.kill(e.galley, 0)),
                  listener: await reach("127.0.0.1", e.listener), metadata: await reach("169.254.169.254", 80),
                  inbox: await get(http, { host: "127.0.0.1", port: e.port, path: "/_galley/inbox/messages" }), health: await get(http, { host: "127.0.0.1", port: e.port, path: "/_galley/health" }),
                  aws: await get(https, { host: "lambda.eu-west-2.amazonaws.com", path: "/2015-03-31/functions/" }) });
                """)), role, f => f["Timeout"] = 60);
            await _functions.Create("shell", "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", Encoding.UTF8.GetBytes("""
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
                """), 0x81ED)), role, f => f["Timeout"] = 60);
        }

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
