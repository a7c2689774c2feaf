using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Galley.Testing.Tests.Packages;

/// <summary>`install.sh` puts the native program of `./pack`'s archive in its place, and nothing where the archive is not what its checksum says.</summary>
[Collection(nameof(LocalFeed))]
public class InstallScriptTests(LocalFeed feed)
{
    private static string Archive => Assert.Single(Directory.GetFiles(LocalFeed.Packages, "galley-*.tar.gz"));

    [Fact]
    public async Task It_installs_out_of_a_folder_an_address_of_files_and_one_of_the_web()
    {
        NeedsArchive();
        await using var web = Web();
        await web.StartAsync();
        foreach (var source in (string[])[LocalFeed.Packages, "file://" + LocalFeed.Packages, web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()])
        {
            var said = await feed.Must(feed.Outside, "sh", "-c", Installing(source, "installed-program")); // the second and the third over the one before
            Assert.Contains("Installed 0.1.0", said);
            Assert.Contains("Add ", said);
        }

        var program = Path.Combine(feed.Outside, "installed-program", "bin", "galley");
        Assert.StartsWith("0.1.0", await feed.Must(feed.Outside, program, "--version"));
        Assert.False(Directory.Exists(Path.Combine(feed.Outside, "installed-program", "home.old")));
    }

    [Fact]
    public async Task What_is_not_what_its_checksum_says_is_not_installed()
    {
        NeedsArchive();
        var name = Path.GetFileName(Archive);
        feed.Write("wrong/" + name, "something else");
        feed.Write("wrong/" + name + ".sha256", await File.ReadAllTextAsync(Archive + ".sha256"));
        var (code, said) = await feed.Run(feed.Outside, "sh", "-c", Installing(Path.Combine(feed.Outside, "wrong"), "nothing"));
        Assert.Equal(1, code);
        Assert.Contains("nothing was installed", said);
        Assert.False(Directory.Exists(Path.Combine(feed.Outside, "nothing")));
    }

    private string Installing(string source, string folder)
        => $"GALLEY_SOURCE={source} GALLEY_HOME=$PWD/{folder}/home GALLEY_BIN=$PWD/{folder}/bin sh {Path.Combine(PublicApiTests.Root(), "install.sh")}";

    private static void NeedsArchive() => Assert.SkipUnless(Directory.Exists(LocalFeed.Packages) && Directory.GetFiles(LocalFeed.Packages, "galley-*.tar.gz").Length > 0, "the native program is not built: ./build");

    /// <summary>The packages' folder on a port of its own.</summary>
    private static WebApplication Web()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var web = builder.Build();
        web.Run(async http =>
        {
            await using var file = File.OpenRead(Path.Combine(LocalFeed.Packages, Path.GetFileName(http.Request.Path)));
            http.Response.ContentLength = file.Length;
            await file.CopyToAsync(http.Response.Body);
        });
        return web;
    }
}
