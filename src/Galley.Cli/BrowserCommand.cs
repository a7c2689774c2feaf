using System.CommandLine;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Galley.Cli;

/// <summary>
/// `galley browser [URL]`: Chromium in a profile of its own, in which AWS's names and the custom domains of this installation lead here, with
/// certificates that are taken in that profile only. Nothing else on the machine changes (decision 0017).
/// </summary>
internal static class BrowserCommand
{
    /// <summary>AWS's own names that Galley answers, and the names that nobody owns, for custom domains.</summary>
    private static readonly string[] Names = ["*.cloudfront.net", "*.amazoncognito.com", "*.amazonaws.com", "*.on.aws", "*.test", "*.example", "*.internal"];

    public static Command Build()
    {
        var url = new Argument<string?>("url") { Description = "Where to begin: https://d….cloudfront.net, a custom domain, any address.", Arity = ArgumentArity.ZeroOrOne };
        var host = new Option<string[]>("--host") { Description = "A further custom domain that shall lead to Galley.", HelpName = "NAME" };
        var print = new Option<bool>("--print") { Description = "Print the command instead of running it." };
        var command = new Command("browser", "Open Chromium where the app's real AWS addresses lead to Galley.") { ServerOptions.Port, url, host, print };
        command.SetAction(async (result, cancel) =>
        {
            var running = Running.Find(result.GetValue(ServerOptions.Port));
            var hosts = (result.GetValue(host) ?? []).ToList();
            if (result.GetValue(url) is { } start)
            {
                if (!Uri.TryCreate(start, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) throw new CliException($"{start} is no http or https address.");
                if (await IsClaimed(running.Port, uri.Host, cancel)) hosts.Add(uri.Host);
            }

            var profile = PrivateFiles.Folder(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create), "galley", "browser"));
            var arguments = Arguments(running.Port, running.TlsPin, hosts).Prepend("--user-data-dir=" + profile).ToList();
            if (result.GetValue(url) is { } first) arguments.Add(first);
            var program = Program();
            if (result.GetValue(print))
            {
                Console.WriteLine($"{program} {string.Join(' ', arguments.Select(argument => argument.Contains(' ') || argument.Contains('*') ? $"'{argument}'" : argument))}");
                return 0;
            }

            using var browser = Process.Start(new ProcessStartInfo(program, arguments)) ?? throw new CliException($"{program} did not start.");
            Console.WriteLine("The app's AWS addresses lead to Galley in that window, and only there.");
            return 0;
        });
        return command;
    }

    /// <summary>What makes a Chromium take Galley for AWS; the rest of the net stays what it is.</summary>
    internal static IEnumerable<string> Arguments(int port, string pin, IEnumerable<string> hosts)
    {
        yield return $"--host-resolver-rules={string.Join(", ", Names.Concat(hosts.Distinct()).Select(name => $"MAP {name} 127.0.0.1:{port}"))}";
        yield return "--ignore-certificate-errors-spki-list=" + pin;
        yield return "--no-first-run";
        yield return "--no-default-browser-check";
    }

    /// <summary>Asked of the proxy, which opens its tunnel to no other name.</summary>
    private static async Task<bool> IsClaimed(int port, string host, CancellationToken cancel)
    {
        if (host.EndsWith("localhost", StringComparison.OrdinalIgnoreCase)) return false; // leads here by itself
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"), cancel);
        var answer = new byte[12];
        await client.GetStream().ReadExactlyAsync(answer, cancel);
        return answer.AsSpan().EndsWith("200"u8);
    }

    private static string Program()
    {
        if (Environment.GetEnvironmentVariable("GALLEY_CHROMIUM") is { Length: > 0 } named) return named;
        string[] fixedPlaces =
        [
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
            @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        ];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser", "microsoft-edge" }.Select(name => Path.Combine(folder, name)));
        return fixedPlaces.Concat(onPath).FirstOrDefault(File.Exists)
               ?? throw new CliException("No Chromium or Chrome is on this machine's PATH. Install one, or name its program in GALLEY_CHROMIUM.");
    }
}
