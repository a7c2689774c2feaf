using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Galley.Functions;
using Galley.Testing;
using GalleyApp;
using GalleyApp.Tests;

[assembly: AssemblyFixture(typeof(App))]

namespace GalleyApp.Tests;

/// <summary>The app, deployed once; every test takes a cloud of its own that begins where the deployment ended. The functions run in this process.</summary>
public sealed class App : IAsyncLifetime
{
    private GalleyCloud? _first;
    private CloudSnapshot? _deployed;

    public async ValueTask InitializeAsync()
    {
        _first = await GalleyCloud.StartAsync();
        await _first.DeployAsync(Folder(), new DeployOptions { InProcess = true });
        _deployed = _first.Snapshot();
    }

    public async Task<GalleyCloud> StartAsync()
    {
        var cloud = await GalleyCloud.StartAsync(_deployed!);
        cloud.App.Handle<HttpApiRequest, HttpApiResponse>("ListNotes", (request, invocation) => NotesOf(cloud, invocation).List(request));
        cloud.App.Handle<HttpApiRequest, HttpApiResponse>("AddNote", (request, invocation) => NotesOf(cloud, invocation).Add(request));
        return cloud;
    }

    public async ValueTask DisposeAsync()
    {
        if (_first is not null) await _first.DisposeAsync();
    }

    /// <summary>With the rights of the function's own role: what the template does not allow is refused here as on AWS.</summary>
    private static Notes NotesOf(GalleyCloud cloud, Galley.FunctionInvocation invocation)
    {
        var keys = invocation.Credentials;
        var config = new AmazonDynamoDBConfig { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = cloud.Region };
        return new Notes(new AmazonDynamoDBClient(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken, config), invocation.Environment["TABLE"]);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..");
}
