using System.Text.Json.Nodes;
using Galley.Cli.Deploy;
using Galley.Tests.Server;

namespace Galley.Tests.Tutorial;

/// <summary>The sample, deployed once from its template into a server of its own; its functions and site are built before (./test does).</summary>
public sealed class SampleApp : IAsyncLifetime
{
    private GalleyServer? _server;

    public GalleyServer Server => _server!;

    public Browser Browser { get; } = new();

    /// <summary>Addresses as this installation answers them.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; private set; } = new Dictionary<string, string>();

    public string Site => Outputs["SiteUrl"];

    public async ValueTask InitializeAsync()
    {
        _server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var file = DeployFile.Read(Path.Combine(Repository.Root, "samples", "cook-recipes"));
        using var aws = AwsClient.Local(Server.Endpoint, Server.Region, Server.AccessKeyId, Server.SecretAccessKey);
        Outputs = await new Deployment(file, aws, new Progress(TextWriter.Null)).Run(build: false, CancellationToken.None);
        await Browser.InitializeAsync();
    }

    /// <summary>The code in the newest mail to an address.</summary>
    public async Task<string> CodeFor(string email)
    {
        using var program = new SignedHttp(Server.Endpoint, Server.Region, Server.AccessKeyId, Server.SecretAccessKey);
        var (_, message) = await program.Send("galley", HttpMethod.Get, "/_galley/inbox/messages/wait?to=" + Uri.EscapeDataString(email), null);
        return (string)JsonNode.Parse(message)!["code"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }
}

[CollectionDefinition(nameof(SampleApp))]
public sealed class SampleAppCollection : ICollectionFixture<SampleApp>;
