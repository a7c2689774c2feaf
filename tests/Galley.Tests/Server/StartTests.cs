namespace Galley.Tests.Server;

public class StartTests
{
    [Fact]
    public async Task A_port_in_use_is_said_with_what_to_do()
    {
        await using var first = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var error = await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(new GalleyOptions { Port = first.Port }));
        Assert.Contains("--port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_in_use_or_not_writable_is_said_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        await using var first = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder.Path });
        var error = await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder.Path }));
        Assert.Contains("in use by another Galley", error.Message, StringComparison.Ordinal);
        var file = System.IO.Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "");
        error = await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = file }));
        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_kept_with_the_folder_and_differ_between_installations()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();
        string key, secret, authority;
        await using (var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = one.Path }))
            (key, secret, authority) = (server.AccessKeyId, server.SecretAccessKey, server.AuthorityPem);
        await using (var again = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = one.Path }))
        {
            Assert.Equal((key, secret, authority), (again.AccessKeyId, again.SecretAccessKey, again.AuthorityPem));
            await using var other = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = two.Path });
            Assert.NotEqual(secret, other.SecretAccessKey);
        }

        Assert.DoesNotContain(Directory.GetFiles(one.Path, "*", SearchOption.AllDirectories), file => file.EndsWith(".key", StringComparison.Ordinal));
    }
}

/// <summary>A data folder of a test's own; its keys go with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("galley-test-").FullName;

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        Directory.Delete(Installations.KeyFolder(Path), recursive: true);
    }
}
