using System.Net;
using System.Net.Sockets;
using System.Text;
using Galley.Tests.Server;

namespace Galley.Tests.Lambda;

/// <summary>kill -9 of Galley itself: what it acknowledged is not lost, and nothing of it or of its functions is left.</summary>
public class KilledTests
{
    [Theory]
    [InlineData("off")]
    [InlineData("auto")]
    public async Task An_acknowledged_event_survives_and_no_process_file_or_port_does(string sandbox)
    {
        using var place = new Workplace();
        var port = 0;
        string[] ids = [];
        await using (var program = await place.Start("--sandbox", sandbox))
        {
            using var aws = await program.Client();
            await RowsTests.CreateByHttp(aws, "slow", """
                import os, subprocess, time
                def lambda_handler(event, context):
                    print("began", event["n"], context.aws_request_id)
                    if event["hang"]:
                        # Children, one of them in a session of its own; then neither the pipe nor the Runtime API is looked at any more.
                        subprocess.Popen(["sleep", "600"])
                        subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        time.sleep(600)
                """, timeout: 900);
            port = program.Port;
            ids = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(async n =>
            {
                var (status, _) = await aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/slow/invocations", Encoding.UTF8.GetBytes($$"""{"n":{{n}},"hang":true}"""), ("X-Amz-Invocation-Type", "Event"));
                Assert.Equal(HttpStatusCode.Accepted, status);
                return $"began {n} ";
            }))];
            await Eventually(() => Processes(place.Scratch).Count(process => process.Contains("sleep", StringComparison.Ordinal)) >= 2 * ids.Length);
            await program.Kill();
        }

        await Eventually(() => Processes(place.Scratch).Count == 0 && Directory.GetFileSystemEntries(place.Scratch, "galley-*").Length == 0);
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            Assert.Throws<SocketException>(() => socket.Connect(IPAddress.Loopback, port));

        await using var again = await place.Start("--sandbox", sandbox);
        using var client = await again.Client();
        await Eventually(async () =>
        {
            var (status, body) = await client.TryJson("logs", "Logs_20140328.FilterLogEvents", new { logGroupName = "/aws/lambda/slow", filterPattern = "began" });
            // Once before the kill, if the log was shipped by then, and once after.
            return status == HttpStatusCode.OK && ids.All(id => body.Contains(id, StringComparison.Ordinal));
        });
        await Eventually(() => Processes(place.Scratch).Count(process => process.Contains("sleep", StringComparison.Ordinal)) >= 2 * ids.Length);
        Assert.Equal(0, await again.Signal("TERM"));
        await Eventually(() => Processes(place.Scratch).Count == 0 && Directory.GetFileSystemEntries(place.Scratch, "galley-*").Length == 0);
    }

    /// <summary>Command lines of all processes whose environment or command line names the folder.</summary>
    private static List<string> Processes(string folder)
    {
        var found = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)))
            try
            {
                var line = File.ReadAllText(process + "/cmdline").Replace('\0', ' ');
                if (File.ReadAllText(process + "/environ").Contains(folder + "/galley-", StringComparison.Ordinal) || line.Contains(folder + "/galley-", StringComparison.Ordinal)) found.Add(line);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // gone
            }

        return found;
    }

    private static Task Eventually(Func<bool> seen) => Eventually(() => Task.FromResult(seen()));

    private static async Task Eventually(Func<Task<bool>> seen)
    {
        for (var i = 0; i < 1200; i++)
        {
            if (await seen()) return;
            await Task.Delay(25);
        }

        Assert.Fail("not seen");
    }
}
