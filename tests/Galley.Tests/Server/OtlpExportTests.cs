using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Galley.Tests.Server;

/// <summary>The program sends traces, metrics and its log to the collector that the standard variables name.</summary>
public class OtlpExportTests
{
    [Fact]
    public async Task A_collector_is_told_of_requests_and_log_lines_when_the_program_ends_at_the_latest()
    {
        using var collector = new HttpListener();
        using var reserved = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var port = ((IPEndPoint)reserved.LocalEndpoint).Port;
        reserved.Stop();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var told = new ConcurrentDictionary<string, string>();
        var listening = Task.Run(async () =>
        {
            while (collector.IsListening)
                try
                {
                    var request = await collector.GetContextAsync();
                    using var body = new MemoryStream();
                    await request.Request.InputStream.CopyToAsync(body);
                    told.AddOrUpdate(request.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
                    request.Response.ContentType = "application/x-protobuf";
                    request.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
        });
        using var place = new Workplace();
        await using (var program = await Workplace.Ready(place.Launch(["start"], $"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{port}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_SERVICE_NAME=our-galley")))
        {
            using var aws = await program.Client();
            Assert.Equal(HttpStatusCode.OK, (await aws.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { })).Status);
            await program.Signal("TERM");
        }

        collector.Stop();
        await listening;
        Assert.Contains("dynamodb.ListTables", told["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("our-galley", told["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", told["/v1/metrics"], StringComparison.Ordinal);
    }
}
