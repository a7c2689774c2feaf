using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Galley.Bench;

/// <summary>
/// `bench/run cdn [rounds] [seconds]`: hits of the edge's cache beside nginx as a caching proxy of the same files (one worker) and
/// beside bare Kestrels, over HTTP and TLS; memory with 100,000 kept objects and with 10,000 idle connections.
/// </summary>
internal sealed partial class CdnBench(int rounds, TimeSpan seconds)
{
    private const string GalleyProgram = "artifacts/galley/galley", FloorProgram = "artifacts/floor/Floor";
    private static readonly (string Name, int Bytes)[] Files = [("4k", 4 << 10), ("100k", 100 << 10)];
    private readonly StringBuilder _report = new();
    private readonly string _data = Directory.CreateTempSubdirectory("galley-bench-").FullName;

    public async Task Run()
    {
        try
        {
            foreach (var (name, bytes) in Files) await File.WriteAllTextAsync(Path.Combine(_data, name + ".bin"), new string('x', bytes));
            using var origin = await Nginx("origin", port => $"server {{ listen 127.0.0.1:{port}; root {_data}; location /o/ {{ add_header Cache-Control max-age=86400; return 200 '{new string('o', 1000)}'; }} location / {{ add_header Cache-Control max-age=86400; }} location = /probe {{ return 200; }} }}");
            var (certificate, key) = await Certificate();
            using var nginx = await Nginx("cache", port => $"proxy_cache_path {_data}/cache keys_zone=c:10m; server {{ listen 127.0.0.1:{port}; listen 127.0.0.1:{port + 1} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; keepalive_requests 100000000; location / {{ proxy_pass http://127.0.0.1:{origin.Port}; proxy_cache c; proxy_cache_valid 200 1d; }} location = /probe {{ return 200; }} }}");
            using var galley = await Server.Start(GalleyProgram, port => ["start", "--port", $"{port}", "--in-memory"], "/_galley/health");
            var domain = await Distribution(await Aws.Of(GalleyProgram, galley.Port), origin.Port);
            Line("| work | connections | who | /s | to nginx | CPU µs a request | p50 / p99 ms |\n|---|---|---|---|---|---|---|");
            foreach (var (name, bytes) in Files)
            {
                using var floor = await Server.Start(FloorProgram, port => [$"{port}", $"{bytes}", "application/octet-stream"], "/");
                foreach (var connections in (int[])[16, 64])
                    await Compare(name, connections, ("galley", galley, domain, $"/{name}.bin"), ("floor-static", floor, "localhost", "/"), ("nginx, caching", nginx, "localhost", $"/{name}.bin"));
            }

            if (await Has("wrk"))
                foreach (var (name, bytes) in Files)
                {
                    using var floor = await Server.Start(FloorProgram, port => [$"{port}", $"{bytes}", "application/octet-stream", $"{port + 1}"], "/");
                    await Encrypted(name, ("galley", galley, galley.Port, domain, $"/{name}.bin"), ("floor-static-tls", floor, floor.Port + 1, "localhost", "/"), ("nginx, caching", nginx, nginx.Port + 1, "localhost", $"/{name}.bin"));
                }

            await Memory(galley, domain);
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/cdn.md", _report.ToString());
    }

    private async Task Compare(string work, int connections, params (string Name, Server Server, string Host, string Path)[] servers)
    {
        var shots = servers.Select(server => new Shot(work, server.Server.Port, Encoding.ASCII.GetBytes($"GET {server.Path} HTTP/1.1\r\nHost: {server.Host}\r\n\r\n"))).ToArray();
        var figures = servers.Select(_ => new List<Round>()).ToArray();
        for (var round = 0; round <= rounds; round++) // the first warms up
            for (var i = 0; i < servers.Length; i++)
            {
                var figure = await Load.Run(shots[i], connections, seconds, servers[i].Server.Id);
                if (round > 0) figures[i].Add(figure);
            }

        var nginx = Median(figures[^1], r => r.PerSecond);
        for (var i = 0; i < servers.Length; i++)
            Line(string.Create(CultureInfo.InvariantCulture, $"| {work} | {connections} | {servers[i].Name} | {Median(figures[i], r => r.PerSecond):0} | {Median(figures[i], r => r.PerSecond) / nginx:0.00} | {Median(figures[i], r => r.CpuMicroseconds):0.0} | {Median(figures[i], r => r.P50):0.00} / {Median(figures[i], r => r.P99):0.00} |"));
    }

    private async Task Encrypted(string work, params (string Name, Server Server, int Port, string Host, string Path)[] servers)
    {
        var figures = servers.Select(_ => new List<(double PerSecond, double Cpu)>()).ToArray();
        for (var round = 0; round <= rounds; round++)
            for (var i = 0; i < servers.Length; i++)
            {
                var (_, server, port, host, path) = servers[i];
                var cpu = Proc.CpuSeconds(server.Id);
                var text = await Shell.Run("wrk", "-t1", "-c16", $"-d{Math.Max(1, (int)seconds.TotalSeconds)}", "-H", $"Host: {host}", $"https://127.0.0.1:{port}{path}");
                var requests = double.Parse(Requests().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
                if (round > 0) figures[i].Add((double.Parse(PerSecond().Match(text).Groups[1].Value, CultureInfo.InvariantCulture), (Proc.CpuSeconds(server.Id) - cpu) / requests * 1e6));
            }

        var nginx = Median(figures[^1], r => r.PerSecond);
        for (var i = 0; i < servers.Length; i++)
            Line(string.Create(CultureInfo.InvariantCulture, $"| {work} TLS | 16 | {servers[i].Name} | {Median(figures[i], r => r.PerSecond):0} | {Median(figures[i], r => r.PerSecond) / nginx:0.00} | {Median(figures[i], r => r.Cpu):0.0} | |"));
    }

    private async Task Memory(Server galley, string domain)
    {
        const int objects = 100_000, connections = 10_000;
        var before = Proc.Memory(galley.Id);
        using var client = new TcpClient("127.0.0.1", galley.Port) { NoDelay = true };
        var stream = client.GetStream();
        var buffer = new byte[8 << 10];
        for (var i = 0; i < objects; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /o/{i} HTTP/1.1\r\nHost: {domain}\r\n\r\n"));
            for (var have = 0; !Encoding.ASCII.GetString(buffer, 0, have).Contains(new string('o', 1000), StringComparison.Ordinal);) have += await stream.ReadAsync(buffer.AsMemory(have));
        }

        Line("");
        Line(string.Create(CultureInfo.InvariantCulture, $"memory: {before:0} MiB before, {Proc.Memory(galley.Id):0} MiB with {objects} objects of 1,000 bytes"));
        var idle = Proc.Memory(galley.Id);
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < connections; i++) open.Add(new TcpClient("127.0.0.1", galley.Port));
            await Task.Delay(2000);
            Line(string.Create(CultureInfo.InvariantCulture, $"memory with {connections} idle connections besides: {Proc.Memory(galley.Id):0} MiB, {(Proc.Memory(galley.Id) - idle) * 1024 / connections:0.0} KiB each"));
        }
        catch (SocketException e)
        {
            Line($"idle connections: {open.Count} opened, then {e.Message}");
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<string> Distribution(Aws aws, int originPort)
    {
        var made = await aws.Xml(HttpMethod.Post, "/2020-05-31/distribution", "cloudfront", $"""
            <DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>bench</CallerReference><Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>localhost</DomainName><CustomOriginConfig><HTTPPort>{originPort}</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig></Origin></Items></Origins><DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId></DefaultCacheBehavior><Comment></Comment><Enabled>true</Enabled></DistributionConfig>
            """);
        return Domain().Match(made).Groups[1].Value;
    }

    /// <summary>One process, so that its CPU is all of nginx's.</summary>
    private Task<Server> Nginx(string name, Func<int, string> server)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_data, name)).FullName;
        return Server.Start("nginx", port =>
        {
            File.WriteAllText(Path.Combine(folder, "nginx.conf"), $"daemon off; master_process off; error_log stderr crit; pid {folder}/pid; events {{ worker_connections 4096; }} http {{ access_log off; sendfile on; keepalive_requests 100000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; {server(port)} }}");
            return ["-p", folder, "-c", Path.Combine(folder, "nginx.conf")];
        }, "/probe", silent: true);
    }

    private async Task<(string Certificate, string Key)> Certificate()
    {
        var (certificate, key) = (Path.Combine(_data, "cert.pem"), Path.Combine(_data, "key.pem"));
        using var made = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var signed = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=localhost", made, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(certificate, signed.ExportCertificatePem());
        await File.WriteAllTextAsync(key, made.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }

    private static async Task<bool> Has(string program)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, "-v") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private void Line(string text)
    {
        Console.WriteLine(text);
        _report.AppendLine(text);
    }

    private static double Median<T>(List<T> list, Func<T, double> figure) => list.Select(figure).Order().ElementAt(list.Count / 2);

    [GeneratedRegex("<DomainName>(d[^<]+)</DomainName>")]
    private static partial Regex Domain();

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"([0-9]+) requests in")]
    private static partial Regex Requests();
}
