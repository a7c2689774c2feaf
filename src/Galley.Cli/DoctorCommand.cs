using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Galley.Cli;

/// <summary>`galley doctor`: what this machine has, and what to install for what is missing.</summary>
internal static class DoctorCommand
{
    public static Command Build()
    {
        var command = new Command("doctor", "Check this machine and say what to install.") { ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            var port = result.GetValue(ServerOptions.Port);
            var healthy = true;
            Line(PortFree(port) || await Answers(port, cancel), $"port {port}", PortFree(port) ? "free" : "Galley answers", "held by another program: stop it or use --port", required: true);
            Line(await Runs("python3", cancel), "python3", "functions in Python run", "install Python 3 to run functions in Python");
            Line(await Runs("node", cancel), "node", "functions in Node run, sites build", "install Node 20 or newer to run functions in Node and to build the sample's site");
            Line(await Lambda.Invoke.Interpreters.Sdk() is not null, "AWS SDK for JavaScript", "functions in Node find it, as on AWS", "npm install -g @aws-sdk/client-s3 (and the clients that your functions use): AWS's Node runtimes carry it, and CDK's own functions need it");
            Line(await Runs("dotnet", cancel), "dotnet", "C# functions build", "install the .NET 10 SDK to build C# functions");
            var why = await WhyNotContained();
            Line(why is null, "containment", "functions run inside bubblewrap: files, processes and a network of their own", $"{why}; functions are held by resource limits and process groups only. Install bubblewrap and perl (or python3), and let bubblewrap make user namespaces");
            Line(await Runs("clang", cancel) || await Runs("gcc", cancel), "C linker", "Native AOT publishes", "install clang (or gcc) to publish C# functions with Native AOT");
            Line(await Resolves("x.galley.localhost"), "*.localhost names", "resolve here", "this system does not resolve *.localhost; browsers do by themselves, other programs use the path form http://127.0.0.1:PORT/_galley/…");
            return healthy ? 0 : 1;

            void Line(bool good, string what, string yes, string no, bool required = false)
            {
                Console.WriteLine($"{(good ? "ok     " : required ? "FAIL   " : "missing")}  {what}: {(good ? yes : no)}");
                healthy &= good || !required;
            }
        });
        return command;
    }

    /// <summary>Null when containment works: a process is started in it.</summary>
    private static async Task<string?> WhyNotContained()
    {
        var scratch = Directory.CreateTempSubdirectory("galley-doctor");
        try
        {
            var why = "this system has no bubblewrap";
            return await Lambda.Invoke.Sandbox.Find(scratch.FullName, text => why = text) is null ? why : null;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static bool PortFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> Answers(int port, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            return (await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/_galley/health"), cancel)).Contains("ready", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task<bool> Runs(string program, CancellationToken cancel)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<bool> Resolves(string name)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(name)).Any(IPAddress.IsLoopback);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
