using System.Diagnostics;
using System.Globalization;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Containment by bubblewrap (`--sandbox`): a process sees the system's programs, its own code, layers and temporary folder, and none
/// but its own processes. It keeps the machine's network, by which it reaches Galley (docs/decisions/0011).
/// </summary>
internal sealed class Sandbox(string program)
{
    private static readonly string[] Roots = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    private static readonly string[] Settings =
    [
        "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/etc/alternatives",
    ];

    /// <summary>What a process sees of the machine, beside its programs.</summary>
    /// <param name="Shown">Folders that it may read, at their own paths.</param>
    /// <param name="Cache">A folder of its function that it may write; null for none.</param>
    /// <param name="Temporary">Size of its /tmp, in MB.</param>
    internal sealed record View(string TaskRoot, string? Layers, IReadOnlyList<string> Shown, string? Cache, int Temporary);

    /// <summary>bubblewrap, if it is there and this system lets it make a namespace.</summary>
    public static Sandbox? Find()
    {
        var file = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "bwrap")).FirstOrDefault(File.Exists);
        if (file is null) return null;
        var sandbox = new Sandbox(file);
        using var trial = Process.Start(new ProcessStartInfo(file, sandbox.Wrap(["/bin/sh", "-c", "exit 0"], new View("/usr", null, [], null, 1)).Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        trial.WaitForExit();
        return trial.ExitCode == 0 ? sandbox : null;
    }

    /// <summary>The command that runs <paramref name="command"/> inside.</summary>
    public IReadOnlyList<string> Wrap(IReadOnlyList<string> command, View view)
    {
        List<string> line =
        [
            program, "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
            "--size", ((long)view.Temporary << 20).ToString(CultureInfo.InvariantCulture), "--tmpfs", "/tmp",
        ];
        foreach (var root in Roots)
            if (new DirectoryInfo(root).LinkTarget is { } target) line.AddRange(["--symlink", target, root]);
            else line.AddRange(["--ro-bind-try", root, root]);
        foreach (var file in Settings) line.AddRange(["--ro-bind-try", file, file]);
        foreach (var folder in view.Shown.Append(view.TaskRoot).Where(folder => !folder.StartsWith("/usr/", StringComparison.Ordinal))) line.AddRange(["--ro-bind", folder, folder]);
        line.AddRange(["--ro-bind", view.TaskRoot, "/var/task"]);
        if (view.Layers is { } layers) line.AddRange(["--ro-bind", layers, "/opt", "--ro-bind", layers, layers]);
        if (view.Cache is { } cache) line.AddRange(["--bind", cache, cache]);
        line.AddRange(["--chdir", view.TaskRoot, "--", .. command]);
        return line;
    }
}
