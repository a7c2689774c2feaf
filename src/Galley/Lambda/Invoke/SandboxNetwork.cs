using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>
/// A network of a contained process's own. Nothing is in it but its loopback, and there nothing but listeners that Galley serves: a few
/// lines inside the sandbox open them before the function's program takes their place, and Galley takes the open sockets over
/// (pidfd_getfd). A connection then is as fast as on the machine's own loopback, and no relay stays behind.
/// </summary>
internal sealed class SandboxNetwork : IDisposable
{
    public const string GateInside = "/run/galley.sock";
    private const int LongestPath = 100, SocketLevel = 1, PeerCredentials = 17, Processes = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Both do the same: connect to the gate, listen on the ports, say the descriptors, wait for a byte, become the program.
    private const string Perl = """
        my($gate,@open);socket($gate,1,1,0);connect($gate,pack('Sa108',1,shift))||die"gate: $!";
        for(split/,/,shift){my$one;socket($one,2,1,0)&&setsockopt($one,1,2,pack('i',1))&&bind($one,pack('Snx0a4x8',2,$_,pack('C4',127,0,0,1)))&&listen($one,64)||die"port $_: $!";push@open,$one}
        syswrite$gate,join(',',map{fileno$_}@open)."\n";sysread($gate,my$go,1)||exit 1;exec{$ARGV[0]}@ARGV;my$why=$!+0;warn"$ARGV[0]: $!\n";exit($why==2?127:126)
        """;

    private const string Python = """
        import os,socket,sys
        gate=socket.socket(socket.AF_UNIX);gate.connect(sys.argv[1]);open=[]
        for port in sys.argv[2].split(","):
            one=socket.socket();one.setsockopt(1,2,1);one.bind(("127.0.0.1",int(port)));one.listen(64);open.append(one)
        gate.send((",".join(str(one.fileno()) for one in open)+"\n").encode())
        gate.recv(1) or os._exit(1)
        try: os.execv(sys.argv[3],sys.argv[3:])
        except OSError as why:
            os.write(2,("%s: %s\n"%(sys.argv[3],why.strerror)).encode());os._exit(127 if why.errno==2 else 126)
        """;

    private readonly Socket _gate;
    private readonly IReadOnlyList<int> _ports;
    private int _disposed;

    private SandboxNetwork(Socket gate, string path, IReadOnlyList<int> ports) => (_gate, Gate, _ports) = (gate, path, ports);

    /// <summary>The Unix socket, outside, by which the sockets are handed over.</summary>
    public string Gate { get; }

    /// <param name="scratch">A folder that only we may enter.</param>
    /// <param name="name">A name that no other network has.</param>
    /// <param name="ports">Where the listeners stand, on 127.0.0.1.</param>
    public static SandboxNetwork Prepare(string scratch, string name, IReadOnlyList<int> ports)
    {
        var path = Path.Combine(PrivateFiles.Folder(Path.Combine(scratch, "net")), name);
        if (path.Length > LongestPath) path = Path.Combine("/tmp", "galley-" + name); // a socket's path has its limit
        File.Delete(path);
        var gate = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        gate.Bind(new UnixDomainSocketEndPoint(path));
        gate.Listen(1);
        return new SandboxNetwork(gate, path, ports);
    }

    /// <summary>What runs inside before the program: the command up to it.</summary>
    public string[] Opener(string interpreter)
        => [interpreter, .. Path.GetFileName(interpreter) == "perl" ? (string[])["-e", Perl] : ["-ISc", Python], GateInside, string.Join(',', _ports.Select(port => port.ToString(CultureInfo.InvariantCulture)))];

    /// <summary>The listeners, in the order of their ports; the program starts now.</summary>
    /// <param name="exited">Done when the process has ended instead.</param>
    public async Task<Socket[]> Take(Task exited)
    {
        var accepting = _gate.AcceptAsync();
        if (await Task.WhenAny(accepting, exited).WaitAsync(Patience) != accepting) throw new StartFailure("Runtime.ExitError", "The sandbox of the function could not be made; the log says why.");
        using var opener = await accepting;
        Dispose(); // nobody else is to come through the gate
        var credentials = new byte[12];
        opener.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        var process = BitConverter.ToInt32(credentials);
        var line = new byte[256];
        var read = 0;
        while (read == 0 || line[read - 1] != '\n')
        {
            var more = await opener.ReceiveAsync(line.AsMemory(read));
            if (more == 0) throw new StartFailure("Runtime.ExitError", "The sandbox of the function could not be made; the log says why.");
            read += more;
        }

        var files = Encoding.ASCII.GetString(line, 0, read - 1).Split(',').Select(file => int.Parse(file, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
        var sockets = Posix.Borrow(process, files).Select(handle => new Socket(new SafeSocketHandle(handle, ownsHandle: true))).ToArray();
        Posix.LimitProcesses(process, Processes);
        await opener.SendAsync("\n"u8.ToArray());
        return sockets;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _gate.Dispose();
        File.Delete(Gate);
    }
}
