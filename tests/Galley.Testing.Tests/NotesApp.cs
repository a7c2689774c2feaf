using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Galley.Functions;
using Galley.Testing;

[assembly: AssemblyFixture(typeof(Galley.Testing.Tests.NotesApp))]

namespace Galley.Testing.Tests;

/// <summary>A small app, deployed once into a cloud; tests start from a snapshot of it.</summary>
public sealed class NotesApp : IAsyncLifetime
{
    private GalleyCloud? _first;
    private CloudSnapshot? _deployed;

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "apps", "notes");

    public static string SeedFile => Path.Combine(AppContext.BaseDirectory, "apps", "seed.yaml");

    public CloudSnapshot Deployed => _deployed!;

    public async ValueTask InitializeAsync()
    {
        _first = await GalleyCloud.StartAsync();
        await _first.DeployAsync(Folder, new DeployOptions { InProcess = true });
        _deployed = _first.Snapshot();
    }

    /// <summary>A cloud of the test's own with the app and its two functions.</summary>
    public async Task<GalleyCloud> StartAsync()
    {
        var cloud = await GalleyCloud.StartAsync(Deployed);
        Handle(cloud);
        return cloud;
    }

    public static void Handle(GalleyCloud cloud)
    {
        cloud.App.Handle<HttpApiRequest, HttpApiResponse>("Ping", _ => Task.FromResult(HttpApiResponse.Json("\"pong\"")));
        cloud.App.Handle<HttpApiRequest, HttpApiResponse>("ListNotes", async (_, invocation) =>
        {
            var keys = invocation.Credentials;
            using var dynamodb = new AmazonDynamoDBClient(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken, Config(cloud));
            var notes = await dynamodb.ScanAsync(new ScanRequest(invocation.Environment["TABLE"]), invocation.Cancellation);
            return HttpApiResponse.Json($"[{string.Join(',', (notes.Items ?? []).Select(note => $"\"{note["id"].S}\"").Order(StringComparer.Ordinal))}]");
        });
    }

    /// <summary>A client of .NET's AWS SDK for a cloud; without retries, so that faults are seen.</summary>
    public static AmazonDynamoDBClient DynamoDB(GalleyCloud cloud) => new(cloud.AccessKeyId, cloud.SecretAccessKey, Config(cloud));

    public async ValueTask DisposeAsync()
    {
        if (_first is not null) await _first.DisposeAsync();
    }

    private static AmazonDynamoDBConfig Config(GalleyCloud cloud) => new() { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = cloud.Region, MaxErrorRetry = 0 };
}
