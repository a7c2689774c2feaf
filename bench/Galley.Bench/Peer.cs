using System.Diagnostics;

namespace Galley.Bench;

/// <summary>Another server for the same requests, if this machine has it or can install it.</summary>
internal sealed record Peer(string Name, Func<Task<Server>> Start)
{
    public static async Task<IReadOnlyList<Peer>> All(string folder)
    {
        var peers = new List<Peer>();
        if (await Works("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--silent", "dynalite"))
        {
            peers.Add(Dynalite("in memory"));
            peers.Add(Dynalite("on disk", "--path", Path.Combine(folder, "data")));
        }

        if (await Works("python3", "-c", "import moto.server"))
            peers.Add(new("moto", () => Server.Start("python3", port => ["-m", "moto.server", "-p", $"{port}"], "/moto-api/data.json", silent: true)));
        return peers;

        Peer Dynalite(string where, params string[] arguments)
            => new($"dynalite, {where}", () => Server.Start("node", port => [Path.Combine(folder, "node_modules/dynalite/cli.js"), "--port", $"{port}", "--createTableMs", "0", .. arguments], "/"));
    }

    private static async Task<bool> Works(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
            return process.ExitCode == 0;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return false;
        }
    }
}
