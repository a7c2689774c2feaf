using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Cli;

/// <summary>
/// A running Galley as other commands of the same user find it: one private file (0600) per port, outside the data folder.
/// </summary>
internal sealed record Running
{
    public required int Port { get; init; }

    public required int Process { get; init; }

    public required string Region { get; init; }

    public required string Account { get; init; }

    public required string AccessKeyId { get; init; }

    public required string SecretAccessKey { get; init; }

    /// <summary>PEM of the certificate authority.</summary>
    public required string Authority { get; init; }

    /// <summary>Path of the same PEM as a file.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>Fingerprint of the key of every certificate that it shows (`galley browser`).</summary>
    public required string TlsPin { get; init; }

    public string Endpoint => $"http://127.0.0.1:{Port}";

    private static string Folder => PrivateFiles.Folder(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create), "galley", "running"));

    public static Running Announce(GalleyServer server)
    {
        var authorityFile = Path.Combine(Folder, $"{server.Port}.pem");
        PrivateFiles.Write(authorityFile, server.AuthorityPem);
        var running = new Running
        {
            Port = server.Port,
            Process = Environment.ProcessId,
            Region = server.Region,
            Account = server.Account,
            AccessKeyId = server.AccessKeyId,
            SecretAccessKey = server.SecretAccessKey,
            Authority = server.AuthorityPem,
            AuthorityFile = authorityFile,
            TlsPin = server.TlsPin,
        };
        PrivateFiles.Write(FileOf(server.Port), JsonSerializer.Serialize(running, CliJson.Default.Running));
        return running;
    }

    public void Withdraw()
    {
        File.Delete(FileOf(Port));
        File.Delete(AuthorityFile);
    }

    /// <exception cref="CliException">None runs on that port.</exception>
    public static Running Find(int port)
    {
        // One that has just opened its port writes its file in the next moment. Any other program may have the port: it is not waited for.
        for (var tries = 0; tries < 100 && !File.Exists(FileOf(port)) && IsGalley(port); tries++) Thread.Sleep(20);
        if (File.Exists(FileOf(port)))
        {
            var running = JsonSerializer.Deserialize(File.ReadAllBytes(FileOf(port)), CliJson.Default.Running)!;
            if (running.Lives()) return running;
            running.Withdraw(); // it was killed and could not do that itself
        }

        throw new CliException($"No Galley of yours runs on port {port}. Start one with `galley start`, or name its port with --port.");
    }

    /// <summary>Whether a Galley, anybody's, answers on the port.</summary>
    private static bool IsGalley(int port)
    {
        const int patience = 2000;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = patience, SendTimeout = patience };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send("GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
            Span<byte> answer = stackalloc byte[1024];
            var length = 0;
            for (int read; length < answer.Length && (read = socket.Receive(answer[length..])) > 0;) length += read;
            return answer[..length].IndexOf("""{"status":"ready"}"""u8) >= 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private bool Lives()
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string FileOf(int port) => Path.Combine(Folder, $"{port}.json");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Running))]
internal sealed partial class CliJson : JsonSerializerContext;
