using System.Globalization;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Containment by bubblewrap: a process sees the system's programs, its own code, layers and temporary folder, none but its own
/// processes, and no network but what <see cref="SandboxNetwork"/> puts there, unless it was allowed the machine's (docs/decisions/0014).
/// </summary>
internal sealed class Sandbox
{
    /// <summary>Where code and layers stand inside, as on AWS.</summary>
    public const string TaskRoot = "/var/task", Layers = "/opt";

    private const int FilterFile = 9, SharedMemory = 64;
    private static readonly string[] Roots = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    private static readonly string[] Settings =
    [
        "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/etc/alternatives",
    ];

    // Root's own files of /proc are root's to write also without capabilities, and bubblewrap leaves some of them so.
    private static readonly string[] KernelFolders = ["/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi"];
    private static readonly string[] KernelFiles = ["/proc/sysrq-trigger", "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/mtrr"];

    private readonly string _program, _opener;

    private Sandbox(string program, string opener, string? filter) => (_program, _opener, Filter) = (program, opener, filter);

    /// <summary>The file with the seccomp program, to be open as descriptor 9 when bubblewrap starts; null for none.</summary>
    public string? Filter { get; }

    /// <summary>What a process sees of the machine, beside its programs.</summary>
    /// <param name="Code">Stands at /var/task.</param>
    /// <param name="Opt">Stands at /opt; null for none.</param>
    /// <param name="Shown">Folders that it may read, at their own paths.</param>
    /// <param name="Cache">A folder of its function that it may write; null for none.</param>
    /// <param name="Temporary">Size of its /tmp, in MB.</param>
    /// <param name="Network">A network of its own; null for the machine's.</param>
    /// <param name="Links">Link → target: where AWS has its interpreters and its SDK, which scripts name by their full paths.</param>
    internal sealed record View(string Code, string? Opt, IReadOnlyList<string> Shown, string? Cache, int Temporary, SandboxNetwork? Network, IReadOnlyDictionary<string, string> Links);

    /// <summary>bubblewrap, if all of it works on this machine: a process is really started inside, with a network of its own.</summary>
    /// <param name="scratch">A folder for its files.</param>
    /// <param name="log">Takes what stands in the way.</param>
    public static async Task<Sandbox?> Find(string scratch, Action<string> log)
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (OnPath("bwrap") is not { } program)
        {
            log("bubblewrap (`bwrap`) is not on PATH");
            return null;
        }

        if ((OnPath("perl") ?? OnPath("python3")) is not { } opener)
        {
            log("containment needs perl or python3 to open a function's own network");
            return null;
        }

        var filter = Seccomp.Program() is { } rules ? Path.Combine(scratch, "seccomp") : null;
        if (filter is not null) await File.WriteAllBytesAsync(filter, Seccomp.Program()!);
        var sandbox = new Sandbox(program, opener, filter);
        var said = new System.Text.StringBuilder();
        try
        {
            using var network = SandboxNetwork.Prepare(scratch, "trial", [9001]);
            using var process = WorkerProcess.Start(sandbox.Wrap(["/bin/true"], new View("/usr", null, [], null, 1, network, new Dictionary<string, string>())), new Dictionary<string, string>(), "/", (1, 1), "", bytes => said.Append(System.Text.Encoding.UTF8.GetString(bytes)), filter);
            foreach (var socket in await network.Take(process.Exited)) socket.Dispose();
            await process.Exited;
            if (process.ExitReason() is null) return sandbox;
            process.Drain();
            log($"bubblewrap ended with {process.ExitReason()}: {said}");
        }
        catch (Exception e) when (e is StartFailure or IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            log($"{e.Message} {said}".Trim());
        }

        return null;
    }

    /// <summary>The command that runs <paramref name="command"/> inside.</summary>
    public IReadOnlyList<string> Wrap(IReadOnlyList<string> command, View view)
    {
        List<string> line =
        [
            _program, "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
            "--size", Bytes(SharedMemory), "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--size", Bytes(view.Temporary), "--tmpfs", "/tmp",
        ];
        foreach (var root in Roots)
            if (new DirectoryInfo(root).LinkTarget is { } target) line.AddRange(["--symlink", target, root]);
            else line.AddRange(["--ro-bind-try", root, root]);
        foreach (var folder in KernelFolders.Where(Directory.Exists)) line.AddRange(["--ro-bind", folder, folder]);
        foreach (var file in KernelFiles.Where(File.Exists)) line.AddRange(["--ro-bind", "/dev/null", file]);
        foreach (var file in Settings) line.AddRange(["--ro-bind-try", file, file]);
        foreach (var folder in view.Shown.Where(folder => !folder.StartsWith("/usr/", StringComparison.Ordinal))) line.AddRange(["--ro-bind", folder, folder]);
        foreach (var (link, target) in view.Links) line.AddRange(["--symlink", target, link]);
        line.AddRange(["--ro-bind", view.Code, TaskRoot]);
        if (view.Opt is { } layers) line.AddRange(["--ro-bind", layers, Layers]);
        if (view.Cache is { } cache) line.AddRange(["--bind", cache, cache]);
        if (view.Network is { } network) line.AddRange(["--unshare-net", "--bind", network.Gate, SandboxNetwork.GateInside]);
        if (Filter is not null) line.AddRange(["--seccomp", FilterFile.ToString(CultureInfo.InvariantCulture)]);
        line.AddRange(["--remount-ro", "/", "--chdir", TaskRoot, "--", .. view.Network?.Opener(_opener) ?? [], .. command]);
        return line;

        static string Bytes(int megabytes) => ((long)megabytes << 20).ToString(CultureInfo.InvariantCulture);
    }

    private static string? OnPath(string program)
        => ((string[])[.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/bin", "/bin"]).Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(file => File.Exists(file) && (program == "bwrap" || file.StartsWith("/usr/", StringComparison.Ordinal) || file.StartsWith("/bin/", StringComparison.Ordinal)));
}
