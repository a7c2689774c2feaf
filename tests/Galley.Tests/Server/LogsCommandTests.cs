using System.Net;

namespace Galley.Tests.Server;

/// <summary>`galley logs --follow` as a user types it.</summary>
public class LogsCommandTests
{
    [Fact]
    public async Task Follow_prints_every_line_once_also_those_of_one_moment_until_it_is_ended()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Logs("CreateLogGroup", new { logGroupName = "/aws/lambda/f" });
        await Logs("CreateLogStream", new { logGroupName = "/aws/lambda/f", logStreamName = "s" });
        await Put(now, "first");
        await using var logs = place.Watch("logs", "f", "--follow", "--port", program.PortText);
        await logs.Says("  first");
        await Put(now, "second");
        await logs.Says("  second");
        await Put(now + 1, "third");
        await logs.Says("  third");
        Assert.Equal(["first", "second", "third"], logs.Output.Split('\n').Select(line => line.Split("  ")[^1]));
        await logs.Signal("TERM");
        Assert.DoesNotContain("Exception", logs.Error, StringComparison.Ordinal);

        Task Put(long at, string line) => Logs("PutLogEvents", new { logGroupName = "/aws/lambda/f", logStreamName = "s", logEvents = new[] { new { timestamp = at, message = line } } });

        async Task Logs(string operation, object input)
        {
            var (status, body) = await aws.TryJson("logs", "Logs_20140328." + operation, input);
            Assert.True(status == HttpStatusCode.OK, body);
        }
    }
}
