using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace ClassLibrary;

/// <summary>What a contained function tries (security row 123), in C#; the same in probes.py and probes.mjs of the tests.</summary>
public static partial class Probes
{
    public static Dictionary<string, string> Run(JsonObject @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var isProbe = (string)@event["table"]! == "probes";
        var found = new Dictionary<string, string>();
        foreach (var (name, run) in isProbe ? Table(@event) : Works(@event))
        {
            object? answer;
            try
            {
                answer = run();
            }
            catch (Exception e)
            {
                answer = isProbe && e is not (EntryPointNotFoundException or DllNotFoundException) ? null : e.ToString();
            }

            found[name] = answer switch { null or false or Array { Length: 0 } => "refused", Array list => string.Join(' ', list.Cast<object>()), _ => answer.ToString()! };
        }

        return found;
    }

    private static Dictionary<string, Func<object?>> Table(JsonObject e)
    {
        string data = (string)e["data"]!, scratch = (string)e["scratch"]!;
        int galley = (int)e["galley"]!, other = (int)e["other"]!, port = (int)e["port"]!, listener = (int)e["listener"]!, proxy = (int)e["proxy"]!;
        string g = $"/proc/{galley}", o = $"/proc/{other}";
        return new()
        {
            ["list the data folder"] = () => List(data),
            ["read the master key"] = () => Read((string)e["key"]!),
            ["list the scratch folder"] = () => List(scratch).Where(name => name is not ("runtime" or "pycache")).ToArray(),
            ["other functions' code"] = () => List(scratch + "/code"),
            ["other functions' temporary files"] = () => List(scratch + "/tmp"),
            ["other functions' environment"] = () => Others("environ"),
            ["Galley's environment"] = () => Read(g + "/environ"),
            ["Galley's memory"] = () => File.OpenHandle(g + "/mem"),
            ["Galley's files"] = () => List(g + "/root/etc"),
            ["another function's process"] = () => Read(o + "/environ"),
            ["processes that are not its own"] = () => Others("cmdline"),
            ["a signal to Galley"] = () => Call(62, galley, 0),
            ["a signal to another function"] = () => Call(62, other, 0),
            ["signals to all"] = () => Call(62, -other, 0),
            ["ptrace of Galley"] = () => Call(101, 16, galley),
            ["ptrace of its parent"] = () => Call(101, 16, 1),
            ["ptrace of itself"] = () => Call(101),
            ["memory of other processes"] = () => Call(310, galley),
            ["files of other processes"] = () => Call(438, 3),
            ["the session's keyring"] = () => Call(250, 0, -3),
            ["a new key"] = () => Call(248, Text("user"), Text("galley"), Text("x"), 1, -4),
            ["a new user namespace"] = () => Call(272, 0x10000000),
            ["a new mount namespace"] = () => Call(272, 0x00020000),
            ["clone into a new user namespace"] = () => Exits("unshare", "-U", "true"),
            ["another namespace"] = () =>
            {
                using var space = File.OpenHandle("/proc/1/ns/net");
                return Call(308, space.DangerousGetHandle());
            },
            ["a mount"] = () => Call(165, Text("none"), Text("/tmp"), Text("tmpfs")),
            ["a remount of its code"] = () => Call(165, Text("none"), Text("/var/task"), 0, 0x1020),
            ["an unmount"] = () => Call(166, Text("/var/task"), 2),
            ["chroot"] = () => Call(161, Text("/tmp")),
            ["pivot_root"] = () => Call(155, Text("/tmp"), Text("/tmp")),
            ["a device"] = () => Call(133, Text("/tmp/d"), 0x6180, 0x800),
            ["the disk"] = () => List("/dev").Where(name => name is "mem" or "kmsg" or "fuse" || name.Length > 1 && "svn".Contains(name[0], StringComparison.Ordinal) && "dv".Contains(name[1], StringComparison.Ordinal)).ToArray(),
            ["its own code, to write"] = () => Write("/var/task/x"),
            ["the system, to write"] = () => Write("/usr/x"),
            ["the root, to write"] = () => Write("/x"),
            ["/etc, to write"] = () => Write("/etc/x"),
            ["the runtime, to write"] = () => Write(Environment.GetEnvironmentVariable("LAMBDA_RUNTIME_DIR") + "/bootstrap.py"),
            ["kernel settings"] = () => Opens("/proc/sys/kernel/core_pattern") ?? Opens("/proc/sys/vm/overcommit_memory") ?? Opens("/proc/sys/kernel/hostname"),
            ["system requests"] = () => OperatingSystem.IsWindows() || File.GetUnixFileMode("/proc/sysrq-trigger") == File.GetUnixFileMode("/dev/null") ? null : Opens("/proc/sysrq-trigger"),
            ["kernel memory"] = () => Read("/proc/kcore"),
            ["cgroups"] = () => List("/sys/fs/cgroup"),
            ["passwords"] = () => Read("/etc/shadow"),
            ["the user's home"] = () => ((string[])["/root", "/home"]).Where(Directory.Exists).SelectMany(List).Where(name => name != ".pyenv").ToArray(),
            ["the repository"] = () => List((string)e["repository"]!),
            ["Docker's socket"] = () => Path.Exists("/var/run/docker.sock") || Path.Exists("/run/docker.sock"),
            ["D-Bus"] = () => Path.Exists("/run/dbus") || Path.Exists("/run/user"),
            ["an abstract socket of the machine"] = () => Reach(new UnixDomainSocketEndPoint("\0" + (string)e["abstract"]!)),
            ["another function's Runtime API"] = () => Reach("127.0.0.1", (int)e["runtime"]!),
            ["a server on the machine's loopback"] = () => Reach("127.0.0.1", listener),
            ["the same by IPv6"] = () => Reach("::1", listener),
            ["a server on the machine's own address"] = () => Reach((string)e["address"]!, listener),
            ["the local network"] = () => Reach("192.168.1.1", 80),
            ["the metadata address"] = () => Reach("169.254.169.254", 80),
            ["the internet"] = () => Reach("1.1.1.1", 443),
            ["a datagram"] = () =>
            {
                using var socket = new UdpClient();
                return socket.Send([1], 1, "1.1.1.1", 53);
            },
            ["names of the internet"] = () => Dns.GetHostAddresses("example.com"),
            ["the internet by the proxy"] = () => Tunnel(proxy, "example.com:443"),
            ["the machine by the proxy"] = () => Tunnel(proxy, $"x.localhost:{listener}"),
            ["a raw socket"] = () => Call(41, 2, 3, 1),
            ["a packet socket"] = () => Call(41, 17, 3, 3),
            ["an interface"] = () => NetworkInterface.GetAllNetworkInterfaces().Select(one => one.Name).Where(name => name != "lo").ToArray(),
            ["Galley's inbox"] = () => Fetch(port, "/_galley/inbox/messages"),
            ["Galley's inbox by its name"] = () => Fetch(port, "/", "inbox.galley.localhost"),
            ["Galley's reset"] = () => Fetch(port, "/_galley/reset"),
            ["an AWS call without a signature"] = () => Fetch(port, "/2015-03-31/functions/"),
            ["bpf"] = () => Call(321, 0, Zeros(128), 128),
            ["perf_event_open"] = () => Call(298, Zeros(128), 0, -1, -1),
            ["userfaultfd"] = () => Call(323),
            ["io_uring"] = () => Call(425, 1, Zeros(256)),
            ["kernel messages"] = () => Call(103, 10),
            ["a kernel module"] = () => Call(313, 0, Text("")),
            ["the clock"] = () => Call(227, 0, Zeros(16)),
            ["a keystroke for the terminal"] = () => Call(16, 0, 0x5412, Text("x")),
            ["another user"] = () => Call(105, 12345),
            ["more files than allowed"] = () =>
            {
                var limits = Zeros(16);
                Marshal.WriteInt64(limits, 1 << 20);
                Marshal.WriteInt64(limits, 8, 1 << 20);
                return Call(160, 7, limits);
            },
            ["the machine's host name"] = () => Call(170, Text("x"), 1),
            ["shared memory of others"] = () => File.ReadAllLines("/proc/sysvipc/shm").Length > 1,
        };
    }

    /// <summary>That each way of trying would see what is there.</summary>
    private static Dictionary<string, Func<object?>> Works(JsonObject e) => new()
    {
        ["a system call"] = () => Call(39),
        ["a socket"] = () => Call(41, 2, 1),
        ["a program"] = () => Exits("true"),
        ["a file"] = () => Read("/var/task/Galley.Tests.Handlers.dll"),
        ["a folder"] = () => List("/var/task"),
        ["a file to write"] = () => Write("/tmp/x"),
        ["a signal"] = () => Call(62, Environment.ProcessId, 0),
        ["a server"] = () => Reach("127.0.0.1", (int)e["port"]!),
        ["a page"] = () => Fetch((int)e["port"]!, "/_galley/health"),
        ["an AWS name over TLS"] = () =>
        {
            using var http = new HttpClient();
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, new Uri("https://lambda.eu-west-2.amazonaws.com/2015-03-31/functions/")));
            return (int)answer.StatusCode;
        },
    };

    private static object? Call(long number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0) => SystemCall(number, a, b, c, d, e, 0) == -1 ? null : "done";

    private static nint Text(string text) => Marshal.StringToCoTaskMemUTF8(text);

    private static nint Zeros(int count)
    {
        var memory = Marshal.AllocHGlobal(count);
        for (var i = 0; i < count; i++) Marshal.WriteByte(memory, i, 0);
        return memory;
    }

    private static string[] List(string folder) => [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path))];

    private static object? Read(string path)
    {
        using var file = File.OpenRead(path);
        return file.ReadByte() < 0 ? null : "read";
    }

    private static string Write(string path)
    {
        File.WriteAllText(path, "x");
        return path;
    }

    private static string? Opens(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static object? Exits(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0 ? "done" : null;
    }

    private static string[] Others(string file) => [.. Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Select(folder => $"{folder}/{file}").Where(path =>
    {
        try
        {
            var text = File.ReadAllText(path).Replace("Galley.Tests.Handlers", "", StringComparison.Ordinal);
            return text.Contains("Galley.Tests", StringComparison.Ordinal) || text.Contains("FUNCTION_NAME=other", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];

    private static string Reach(string host, int port) => Reach(new IPEndPoint(IPAddress.Parse(host), port));

    private static string Reach(EndPoint to)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (!socket.ConnectAsync(to).Wait(3000)) throw new TimeoutException();
        return "connected";
    }

    private static object? Tunnel(int proxy, string to)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 3000 };
        socket.Connect(IPAddress.Loopback, proxy);
        socket.Send(Encoding.ASCII.GetBytes($"CONNECT {to} HTTP/1.1\r\n\r\n"));
        var answer = new byte[100];
        var text = Encoding.ASCII.GetString(answer, 0, socket.Receive(answer));
        return text.Length == 0 || text.Contains(" 403 ", StringComparison.Ordinal) ? null : text;
    }

    private static object? Fetch(int port, string path, string? host = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
        request.Headers.Host = host;
        using var answer = http.Send(request);
        return (int)answer.StatusCode is 401 or 403 or 404 ? null : (int)answer.StatusCode;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(long number, nint a, nint b, nint c, nint d, nint e, nint f);
}
