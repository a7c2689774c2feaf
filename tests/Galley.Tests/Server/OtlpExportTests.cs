using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Galley.Tests.CloudFront;

namespace Galley.Tests.Server;

/// <summary>The program sends traces, metrics and its log to the collector that the standard variables name.</summary>
public class OtlpExportTests
{
    [Fact]
    public async Task A_collector_is_told_of_requests_and_log_lines_when_the_program_ends_at_the_latest()
    {
        var told = new ConcurrentDictionary<string, string>();
        await using var collector = await TestOrigin.Start(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            told.AddOrUpdate(http.Request.Path, Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        });
        using var place = new Workplace();
        await using (var program = await Workplace.Ready(place.Launch(["start"], $"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{collector.Port}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_SERVICE_NAME=our-galley")))
        {
            using var aws = await program.Client();
            Assert.Equal(HttpStatusCode.OK, (await aws.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { })).Status);
            await program.Signal("TERM");
        }

        Assert.Contains("dynamodb.ListTables", told["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("our-galley", told["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", told["/v1/metrics"], StringComparison.Ordinal);
    }
}
