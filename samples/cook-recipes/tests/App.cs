using System.Runtime.CompilerServices;
using CookRecipes.Tests;
using Galley.Testing;

[assembly: AssemblyFixture(typeof(App))]

namespace CookRecipes.Tests;

/// <summary>The app, deployed once; every test takes a cloud of its own that begins where the deployment ended.</summary>
public sealed class App : IAsyncLifetime
{
    private GalleyCloud? _first;
    private CloudSnapshot? _deployed;

    public async ValueTask InitializeAsync()
    {
        _first = await GalleyCloud.StartAsync();
        await _first.DeployAsync(Folder());
        _deployed = _first.Snapshot();
    }

    /// <summary>A cloud with the app in it, for one test alone.</summary>
    public Task<GalleyCloud> StartAsync() => GalleyCloud.StartAsync(_deployed!);

    public async ValueTask DisposeAsync()
    {
        if (_first is not null) await _first.DisposeAsync();
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..");
}
