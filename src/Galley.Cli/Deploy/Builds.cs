using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Cli.Deploy;

/// <summary>
/// Runs build steps. One that says what it `makes` is left out while its sources are those it was made from: their hash is kept in
/// `.galley` beside galley.yaml. Whoever wants it built all the same deletes what it makes.
/// </summary>
internal sealed class Builds(string folder, Progress progress)
{
    public async Task Run(BuildStep step, CancellationToken cancel)
    {
        var note = Note(step, step.Command);
        var sources = step.Makes.Count == 0 ? null : Sources(step);
        if (sources is not null && File.Exists(note) && await File.ReadAllTextAsync(note, cancel) == sources + Outputs(step)) return;
        if (step.Other is { } other && File.Exists(Note(step, other))) Clear(step, other);
        progress.Say($"{Path.GetFileName(step.Folder)}: {step.Command}");
        await Shell(step, cancel);
        if (sources is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        await File.WriteAllTextAsync(note, sources + Outputs(step), cancel);
    }

    private string Note(BuildStep step, string command) => Path.Combine(folder, ".galley", "built-" + Hash(step.Folder + '\n' + command)[..16]);

    /// <summary>What the other command made is not to lie among what this one makes.</summary>
    private void Clear(BuildStep step, string other)
    {
        foreach (var path in step.Makes)
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        File.Delete(Note(step, other));
    }

    /// <summary>One hash over what a step is made from: its own folder without what it makes, and what else it names.</summary>
    public static string Sources(BuildStep step) => Hash(string.Concat(step.From.Select(from => FolderContents.Hash(from)).Prepend(FolderContents.Hash(step.Folder, step.Makes))));

    /// <summary>Names, sizes and times of what is there: nothing, or something that another tool put there, is built over.</summary>
    private static string Outputs(BuildStep step)
    {
        var files = step.Makes.SelectMany(path => Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories) : new[] { new FileInfo(path) }.Where(file => file.Exists));
        return Hash(string.Join('\n', files.OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")));
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static async Task Shell(BuildStep step, CancellationToken cancel)
    {
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd", ["/c", step.Command]) : new ProcessStartInfo("/bin/sh", ["-c", step.Command]);
        start.WorkingDirectory = step.Folder;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new CliException($"{step.Command} did not start.");
        var said = new List<string>();
        process.OutputDataReceived += (_, line) => { lock (said) said.Add(line.Data ?? ""); };
        process.ErrorDataReceived += (_, line) => { lock (said) said.Add(line.Data ?? ""); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new CliException($"`{step.Command}` failed in {step.Folder} (exit code {process.ExitCode}):\n{string.Join('\n', said.TakeLast(40))}");
    }
}
